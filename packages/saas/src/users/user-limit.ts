import { Quantity } from '@landlord/kernel/pure';
import { type Plan } from '../plans/plan.js';
import { type Tenant } from '../tenants/tenant.js';

export const USERS_METRIC = 'activeUsers';
const USERS_LIMIT_NAME = 'maxUsers';

/**
 * How many active users a tenant may have; null is unlimited. `plan` is the one it lives on, its own or that of
 * the ancestor who pays. A tenant that lives on another's plan may have a cap of its own: the lower one holds.
 * Whether all tenants on one plan stay within it together is not decided here.
 */
export function userLimitOf(
  { billing, caps }: Pick<Tenant, 'billing' | 'caps'>,
  plan: Pick<Plan, 'limits' | 'enforcement'> | null,
): Quantity | null {
  const isHard = plan?.enforcement[USERS_METRIC] !== 'soft';
  const limits = [
    isHard ? plan?.limits[USERS_LIMIT_NAME] : null,
    billing === 'parent' ? caps[USERS_METRIC] : null,
  ];
  return limits.reduce<Quantity | null>((lowest, limit) => {
    if (limit === null || limit === undefined) return lowest;
    const quantity = Quantity.of(limit);
    return lowest === null || quantity.compare(lowest) < 0 ? quantity : lowest;
  }, null);
}
