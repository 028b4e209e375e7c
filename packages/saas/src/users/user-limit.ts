import { Quantity } from '@landlord/kernel/pure';
import { type Plan } from '../plans/plan.js';
import { type Tenant } from '../tenants/tenant.js';

export const USERS_METRIC = 'activeUsers';
const USERS_LIMIT_NAME = 'maxUsers';

/**
 * How many seats there are at one level of a tree; null is unlimited. The subscriber's level has those of its plan,
 * unless the plan says softly; a level below has those of its cap.
 */
export function seatLimitOf(
  { billing, caps }: Pick<Tenant, 'billing' | 'caps'>,
  plan: Pick<Plan, 'limits' | 'enforcement'> | null,
): Quantity | null {
  const isSoft = plan?.enforcement[USERS_METRIC] === 'soft';
  const planned = isSoft ? null : plan?.limits[USERS_LIMIT_NAME];
  const limit = billing === 'parent' ? caps[USERS_METRIC] : planned;
  return limit === null || limit === undefined ? null : Quantity.of(limit);
}
