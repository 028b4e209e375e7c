import { type Currency } from '@landlord/kernel/pure';

export type Enforcement = 'hard' | 'soft';

export interface PlanFeature {
  readonly name: string;
  readonly enabled: boolean;
  readonly value?: string | number | boolean;
}

/** What a plan allows; null is unlimited, 0 is zero. Quantities as JSON: a number or a decimal string. */
export type PlanLimits = Readonly<Record<string, number | string | null>>;

/** Minor units of a currency. */
export interface CyclePrices {
  readonly monthly: number;
  readonly yearly: number;
}

/** From the end of the tier before up to and with `upTo`; null on the last. */
export interface OverageTier {
  readonly upTo: number | string | null;
  readonly unitPrice: string;
  /** Once, when the tier is reached. */
  readonly flatPrice?: string;
}

interface FreeUnits {
  /** Not charged, counted from the first unit over the limit. */
  readonly freeUnits?: number | string;
}

/** What use beyond a limit costs. Prices are decimal texts in minor units: "0.25" is a quarter of a cent. */
export type OveragePrice =
  | ({ readonly model: 'per_unit'; readonly unitPrice: string } & FreeUnits)
  | ({
      readonly model: 'package';
      readonly packageSize: number | string;
      readonly packagePrice: string;
    } & FreeUnits)
  | ({ readonly model: 'graduated' | 'volume'; readonly tiers: readonly OverageTier[] } & FreeUnits)
  | ({ readonly model: 'percentage'; readonly rate: string } & FreeUnits);

/** One version of a plan. Prices are minor units of the currency: 2900 is USD 29.00. */
export interface Plan {
  readonly code: string;
  readonly version: number;
  readonly displayName: string;
  readonly description?: string;
  readonly monthlyPrice: number;
  readonly yearlyPrice: number;
  readonly currency: Currency;
  /** In further currencies, by their codes. */
  readonly prices?: Readonly<Record<string, CyclePrices>>;
  readonly trialDays: number;
  readonly features: readonly PlanFeature[];
  readonly limits: PlanLimits;
  /** By metric; one that is not named is enforced hard. */
  readonly enforcement: Readonly<Record<string, Enforcement>>;
  readonly overage: Readonly<Record<string, OveragePrice>>;
  readonly isActive: boolean;
}
