import { Quantity } from '@landlord/kernel/pure';
import { type PlanLimits } from '../plans/plan.js';
import { BUILT_IN_METERS } from './meter.js';
import { checkQuota, type QuotaCheckResult } from './quota.js';

/** Every meter against its limit in the plan; a limit the plan does not name is none. Without a plan there are no quotas. */
export function quotasOf(
  level: ReadonlyMap<string, Quantity>,
  limits: PlanLimits | null,
): QuotaCheckResult[] {
  if (limits === null) return [];
  return BUILT_IN_METERS.map(({ metric, limitName }) => {
    const limit = limits[limitName] ?? null;
    return checkQuota(metric, level.get(metric) ?? Quantity.zero, limit === null ? null : Quantity.of(limit));
  });
}
