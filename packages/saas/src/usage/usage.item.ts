import {
  type Command,
  calendarMonthOf,
  type Instant,
  type Item,
  Quantity,
  type TimeZone,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type PlanLimits } from '../plans/plan.js';
import { quotasOf } from './usage.quota.js';
import { carriedLevel, initialUsage, levelOfItem, USAGE_PREFIX } from './usage.rules.js';
import { type UsageView } from './usage.schema.js';

export function usageSk(period: string): string {
  return `${USAGE_PREFIX}${period}`;
}

/** The usage of the month that `now` is in, in the tenant's time zone. */
export function createUsageCommand(input: {
  tenantCode: string;
  timezone: TimeZone;
  now: Instant;
  activeUsers: number;
}): Command {
  const sk = usageSk(calendarMonthOf(input.now, input.timezone));
  const level = carriedLevel(undefined).set('activeUsers', Quantity.of(input.activeUsers));
  return {
    kind: 'full',
    pk: tenantPk(input.tenantCode),
    sk,
    version: VERSION_FIRST,
    ...initialUsage(input.tenantCode, sk, level),
  };
}

export function usageView(item: Item, limits: PlanLimits | null): UsageView {
  return viewOf(item.code, levelOfItem(item), limits, item.updatedAt);
}

/** A month without an item of its own: sums are 0, gauges as the month before left them. */
export function unusedView(period: string, before: Item | null, limits: PlanLimits | null): UsageView {
  return viewOf(period, carriedLevel(before ? levelOfItem(before) : undefined), limits, null);
}

function viewOf(
  period: string,
  level: ReadonlyMap<string, Quantity>,
  limits: PlanLimits | null,
  lastUpdatedAt: Instant | null,
): UsageView {
  const value = (metric: string) => (level.get(metric) ?? Quantity.zero).toJSON();
  return {
    period,
    apiCalls: value('apiCalls'),
    storageUsedGb: value('storageUsedGb'),
    activeUsers: value('activeUsers'),
    projectCount: value('projectCount'),
    meters: {},
    lastUpdatedAt,
    quotas: quotasOf(level, limits),
  };
}
