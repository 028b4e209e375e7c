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
import { BUILT_IN_CATALOGUE, type MeterCatalogue } from '../meters/meter.catalogue.js';
import { type PlanLimits } from '../plans/plan.js';
import { BUILT_IN_METERS, isBuiltIn } from './meter.js';
import { type QuantityJson, type QuotaCheckResult } from './quota.js';
import {
  carriedLevel,
  initialUsage,
  type Level,
  levelOfItem,
  pooledName,
  USAGE_PREFIX,
} from './usage.level.js';
import { limitsOf } from './usage.limits.js';
import { ownOf, quantityAt, usedOf } from './usage.months.js';
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
  const level = carriedLevel(undefined, new Set()).set('activeUsers', Quantity.of(input.activeUsers));
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
    ? quotasOf(tenantCode, new Map([[tenantCode, level]]), {
        limits: limitsOf(tenantCode, plan, []),
        meters: BUILT_IN_METERS,
      })
    : [];
  return viewOf({ period, level, lastUpdatedAt, quotas, meters: BUILT_IN_CATALOGUE });
}

/** The level of a month from the last item up to it: without an item of its own, what is carried is as that left it. */
export function levelIn(latest: Item | null, period: string, carried: ReadonlySet<string>): Level {
  if (!latest) return carriedLevel(undefined, carried);
  return latest.code === period ? levelOfItem(latest) : carriedLevel(levelOfItem(latest), carried);
}

export function viewOf({
  period,
  level,
  lastUpdatedAt,
  quotas,
  meters,
}: {
  period: string;
  level: Level;
  lastUpdatedAt: Instant | null;
  quotas: QuotaCheckResult[];
  meters: MeterCatalogue;
}): UsageView {
  const value = (metric: string) => quantityAt(level, metric).toJSON();
  const pooled = meters.all.flatMap(({ metric }) => {
    const quantity = level.get(pooledName(metric));
    return quantity ? [[metric, quantity.toJSON()] as const] : [];
  });
  return {
    period,
    apiCalls: value('apiCalls'),
    storageUsedGb: value('storageUsedGb'),
    activeUsers: value('activeUsers'),
    projectCount: value('projectCount'),
    meters: ownMeters({ level }, meters, ownOf),
    pooled: Object.fromEntries(pooled),
    lastUpdatedAt,
    quotas,
  };
}

/** A tenant's use in a month together with that of the tenants below it. */
export function childView(
  { code, name, month }: { code: string; name: string; month: string },
  { level = new Map(), meters }: { level?: Level | undefined; meters: MeterCatalogue },
): ChildUsageView {
  const total = (metric: string) => usedOf({ level }, metric).toJSON();
  return {
    tenantCode: code,
    name,
    period: month,
    apiCalls: total('apiCalls'),
    storageUsedGb: total('storageUsedGb'),
    activeUsers: total('activeUsers'),
    projectCount: total('projectCount'),
    meters: ownMeters({ level }, meters, usedOf),
  };
}

/** Every meter of the vendor's own that counts, and retired ones where they have counted. */
function ownMeters(
  month: { readonly level: Level },
  meters: MeterCatalogue,
  valueOfMeter: (month: { readonly level: Level }, metric: string) => Quantity,
): Record<string, QuantityJson> {
  const shown = meters.all.filter(({ metric, isActive }) => {
    return !isBuiltIn(metric) && (isActive || !valueOfMeter(month, metric).isZero());
  });
  return Object.fromEntries(shown.map(({ metric }) => [metric, valueOfMeter(month, metric).toJSON()]));
}
