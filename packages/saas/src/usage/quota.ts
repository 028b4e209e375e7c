import { Quantity, quantityToJson, Rational, roundHalfUp } from '@landlord/kernel/pure';

export type QuantityJson = number | string;

/** How use stands against a limit. `limit` null is unlimited; `percentage` has two decimals. */
export interface QuotaCheckResult {
  readonly metric: string;
  readonly current: QuantityJson;
  readonly limit: QuantityJson | null;
  readonly percentage: number;
  readonly isExceeded: boolean;
  readonly isNearLimit: boolean;
}

const NEAR_PERCENT = Quantity.of(80);
const HUNDRED = Quantity.of(100);

/**
 * At 80 % of the limit use is near it, at 100 % it is exceeded: nothing more is admitted.
 * 8,000 of 10,000 is 80 %, near and not exceeded. A limit of 0 is exceeded from the start.
 */
export function checkQuota(metric: string, current: Quantity, limit: Quantity | null): QuotaCheckResult {
  const base = { metric, current: quantityToJson(current), limit: limit && quantityToJson(limit) };
  if (limit === null) return { ...base, percentage: 0, isExceeded: false, isNearLimit: false };
  return {
    ...base,
    percentage: percentageOf(current, limit),
    isExceeded: current.compare(limit) >= 0,
    isNearLimit: current.multiply(HUNDRED).compare(limit.multiply(NEAR_PERCENT)) >= 0,
  };
}

function percentageOf(current: Quantity, limit: Quantity): number {
  if (limit.isZero()) return 100;
  const hundredths = Rational.of(current).multiply(Rational.of(10_000n)).divide(Rational.of(limit));
  return Number(roundHalfUp(hundredths)) / 100;
}
