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
import { BUILT_IN_METERS } from './meter.js';
import { type QuotaCheckResult } from './quota.js';
import {
  carriedLevel,
  initialUsage,
  type Level,
  levelOfItem,
  pooledName,
  USAGE_PREFIX,
} from './usage.level.js';
import { limitsOf } from './usage.limits.js';
import { totalOf } from './usage.months.js';
import { quotasOf } from './usage.quota.js';
import { type ChildUsageView, type UsageView } from './usage.schema.js';

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

/** The usage a tenant begins with, against its own plan. */
export function usageView(
  item: Item,
  plan: { limits: PlanLimits; enforcement: Readonly<Record<string, 'hard' | 'soft'>> } | null,
): UsageView {
  const level = levelOfItem(item);
  const { tenantCode, code: period, updatedAt: lastUpdatedAt } = item;
  const quotas = plan
    ? quotasOf(tenantCode, new Map([[tenantCode, level]]), limitsOf(tenantCode, plan, []))
    : [];
  return viewOf({ period, level, lastUpdatedAt, quotas });
}

/** The level of a month from the last item up to it: without an item of its own, gauges are as the one before left them. */
export function levelIn(latest: Item | null, period: string): Level {
  if (!latest) return carriedLevel(undefined);
  return latest.code === period ? levelOfItem(latest) : carriedLevel(levelOfItem(latest));
}

export function viewOf({
  period,
  level,
  lastUpdatedAt,
  quotas,
}: {
  period: string;
  level: Level;
  lastUpdatedAt: Instant | null;
  quotas: QuotaCheckResult[];
}): UsageView {
  const value = (metric: string) => (level.get(metric) ?? Quantity.zero).toJSON();
  const pooled = BUILT_IN_METERS.flatMap(({ metric }) => {
    const quantity = level.get(pooledName(metric));
    return quantity ? [[metric, quantity.toJSON()] as const] : [];
  });
  return {
    period,
    apiCalls: value('apiCalls'),
    storageUsedGb: value('storageUsedGb'),
    activeUsers: value('activeUsers'),
    projectCount: value('projectCount'),
    meters: {},
    pooled: Object.fromEntries(pooled),
    lastUpdatedAt,
    quotas,
  };
}

/** A tenant's use in a month together with that of the tenants below it. */
export function childView(
  { code, name, month }: { code: string; name: string; month: string },
  level: Level = carriedLevel(undefined),
): ChildUsageView {
  const total = (metric: string) => totalOf({ level }, metric).toJSON();
  return {
    tenantCode: code,
    name,
    period: month,
    apiCalls: total('apiCalls'),
    storageUsedGb: total('storageUsedGb'),
    activeUsers: total('activeUsers'),
    projectCount: total('projectCount'),
  };
}
