import { type Currency, type JsonObject } from '@landlord/kernel/pure';

export type Enforcement = 'hard' | 'soft';

export interface PlanFeature {
  readonly name: string;
  readonly enabled: boolean;
  readonly value?: string | number | boolean;
}

/** What a plan allows; null is unlimited, 0 is zero. Quantities as JSON: a number or a decimal string. */
export type PlanLimits = Readonly<Record<string, number | string | null>>;

/** One version of a plan. Prices are minor units of the currency: 2900 is USD 29.00. */
export interface Plan {
  readonly code: string;
  readonly version: number;
  readonly displayName: string;
  readonly monthlyPrice: number;
  readonly yearlyPrice: number;
  readonly currency: Currency;
  readonly trialDays: number;
  readonly features: readonly PlanFeature[];
  readonly limits: PlanLimits;
  readonly enforcement: Readonly<Record<string, Enforcement>>;
  readonly overage: JsonObject;
  readonly isActive: boolean;
}
