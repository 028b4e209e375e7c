import { type MeterLimit } from '@landlord/kernel';
import { type Instant, Quantity } from '@landlord/kernel/pure';
import { type Level } from '../usage/usage.level.js';
import { totalOf } from '../usage/usage.months.js';
import { NEAR_PERCENT, type OwnThresholds, REACHED_PERCENT, thresholdsOf } from './thresholds.js';

export const ALERT_NAMES = ['usage.near_limit', 'usage.limit_reached', 'usage.threshold_crossed'] as const;
export type AlertName = (typeof ALERT_NAMES)[number];

/** A threshold that the use of a month has reached. Quantities as decimals. */
export interface Crossing {
  readonly metric: string;
  readonly percent: number;
  readonly current: Quantity;
  readonly limit: Quantity;
}

export interface Alert extends Crossing {
  readonly name: AlertName;
  readonly period: string;
  readonly occurredAt: Instant;
}

export interface Watched {
  /** Own use together with what is pooled. */
  readonly level: Level;
  /** Only what lies between this and `level` counts; null for everything up to `level`. */
  readonly before: Level | null;
  /** Of the tenant itself: its plan's, or its own caps. */
  readonly limits: readonly MeterLimit[];
  readonly own: OwnThresholds;
}

const HUNDRED = Quantity.of(100);

/**
 * Every threshold that is reached, once per meter, ascending. Compared exactly: 799 of 1,000 is not 80 %. Nothing used
 * reaches nothing, not even a limit of 0.
 */
export function crossingsOf({ level, before, limits, own }: Watched): Crossing[] {
  const found = limits.flatMap((each) => {
    const { metric } = each;
    const limit = Quantity.of(each.limit);
    const current = totalOf({ level }, metric);
    const earlier = before ? totalOf({ level: before }, metric) : Quantity.zero;
    return thresholdsOf(metric, own)
      .filter((percent) => reaches(current, limit, percent) && !reaches(earlier, limit, percent))
      .map((percent) => ({ metric, percent, current, limit }));
  });
  const first = new Map(found.toReversed().map((each) => [`${each.percent} ${each.metric}`, each]));
  return found.filter((each) => first.get(`${each.percent} ${each.metric}`) === each);
}

/** Whether a meter of the tenant stands higher than before. */
export function hasRisen(level: Level, before: Level): boolean {
  return [...level].some(([name, current]) => current.compare(before.get(name) ?? Quantity.zero) > 0);
}

export function alertName(percent: number): AlertName {
  if (percent === NEAR_PERCENT) return 'usage.near_limit';
  return percent === REACHED_PERCENT ? 'usage.limit_reached' : 'usage.threshold_crossed';
}

function reaches(current: Quantity, limit: Quantity, percent: number): boolean {
  if (current.isZero() || current.isNegative()) return false;
  return current.multiply(HUNDRED).compare(limit.multiply(Quantity.of(percent))) >= 0;
}
