import { type MeterLimit } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { type Meter } from './meter.js';
import { checkQuota, type QuotaCheckResult } from './quota.js';
import { type Level } from './usage.level.js';
import { heldOf, totalOf, usedOf } from './usage.months.js';
import { standingUnder } from './usage.standing.js';

const NOTHING: { readonly level: Level } = { level: new Map() };

/** Every meter of a tenant against the tightest of its limits. `levels`: of it and of those whose pool it uses. */
export function quotasOf(
  tenantCode: string,
  levels: ReadonlyMap<string, Level>,
  { limits, meters }: { limits: readonly MeterLimit[]; meters: readonly Meter[] },
): QuotaCheckResult[] {
  const of = (code: string) => {
    const level = levels.get(code);
    return level ? { level } : NOTHING;
  };
  return meters.map(({ metric }) => {
    const remaining = limits
      .filter((limit) => limit.metric === metric)
      .map((limit) => Quantity.of(limit.limit).subtract(totalOf(of(limit.tenantCode), metric)));
    const used = usedOf(of(tenantCode), metric);
    const held = heldOf(of(tenantCode), metric);
    const { limit } = standingUnder(used.add(held), remaining);
    return checkQuota(metric, used, { held, limit });
  });
}
