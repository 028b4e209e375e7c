import { type MeterLimit } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { BUILT_IN_METERS } from './meter.js';
import { checkQuota, type QuotaCheckResult } from './quota.js';
import { type Level } from './usage.level.js';
import { totalOf } from './usage.months.js';
import { standingUnder } from './usage.standing.js';

/** Every meter of a tenant against the tightest of its limits. `levels`: of it and of those whose pool it uses. */
export function quotasOf(
  tenantCode: string,
  levels: ReadonlyMap<string, Level>,
  limits: readonly MeterLimit[],
): QuotaCheckResult[] {
  const total = (code: string, metric: string) => {
    const level = levels.get(code);
    return level ? totalOf({ level }, metric) : Quantity.zero;
  };
  return BUILT_IN_METERS.map(({ metric }) => {
    const remaining = limits
      .filter((limit) => limit.metric === metric)
      .map((limit) => Quantity.of(limit.limit).subtract(total(limit.tenantCode, metric)));
    const { current, limit } = standingUnder(total(tenantCode, metric), remaining);
    return checkQuota(metric, current, limit);
  });
}
