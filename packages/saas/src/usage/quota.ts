import { Quantity, quantityToJson, Rational, roundHalfUp } from '@landlord/kernel/pure';

export type QuantityJson = number | string;

/** How use stands against a limit. `limit` null is unlimited; `percentage` has two decimals. */
export interface QuotaCheckResult {
  readonly metric: string;
  /** Used. */
  readonly current: QuantityJson;
  /** Kept free for uses to come: it counts against the limit as if it were used. */
  readonly held: QuantityJson;
  readonly limit: QuantityJson | null;
  readonly percentage: number;
  readonly isExceeded: boolean;
  readonly isNearLimit: boolean;
}

const NEAR_PERCENT = Quantity.of(80);
const HUNDRED = Quantity.of(100);

/**
 * At 80 % of the limit use is near it, at 100 % it is exceeded: nothing more is admitted.
 * 8,000 of 10,000 is 80 %, near and not exceeded; so are 7,000 and 1,000 held. A limit of 0 is exceeded from the start.
 */
export function checkQuota(
  metric: string,
  current: Quantity,
  { limit, held = Quantity.zero }: { limit: Quantity | null; held?: Quantity },
): QuotaCheckResult {
  const base = {
    metric,
    current: quantityToJson(current),
    held: quantityToJson(held),
    limit: limit && quantityToJson(limit),
  };
  if (limit === null) return { ...base, percentage: 0, isExceeded: false, isNearLimit: false };
  const taken = current.add(held);
  return {
    ...base,
    percentage: percentageOf(taken, limit),
    isExceeded: taken.compare(limit) >= 0,
    isNearLimit: taken.multiply(HUNDRED).compare(limit.multiply(NEAR_PERCENT)) >= 0,
  };
}

function percentageOf(taken: Quantity, limit: Quantity): number {
  if (limit.isZero()) return 100;
  const hundredths = Rational.of(taken).multiply(Rational.of(10_000n)).divide(Rational.of(limit));
  return Number(roundHalfUp(hundredths)) / 100;
}
