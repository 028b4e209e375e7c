import { type InputIssue, LandlordError, Quantity, quantityToJson } from '@landlord/kernel/pure';
import { type Plan } from '../plans/plan.js';
import { type QuantityJson } from '../usage/quota.js';
import { limitsOf } from '../usage/usage.limits.js';

export type Limited = Pick<Plan, 'limits' | 'enforcement'>;

/** More in use than the plan allows. */
export interface Excess {
  readonly metric: string;
  readonly current: QuantityJson;
  readonly limit: QuantityJson;
}

/** The limits that hold under `to` and are lower than under `from`: only these can stand against a change. */
export function loweredLimits(from: Limited, to: Limited): ReadonlyMap<string, Quantity> {
  const before = hardLimits(from);
  const lowered = [...hardLimits(to)].filter(([metric, limit]) => {
    const was = before.get(metric);
    return was === undefined || limit.compare(was) < 0;
  });
  return new Map(lowered);
}

/** All that is in use beyond a limit. What is used up to the limit fits. */
export function excessOf(
  limits: ReadonlyMap<string, Quantity>,
  inUse: ReadonlyMap<string, Quantity>,
): Excess[] {
  return [...limits].flatMap(([metric, limit]) => {
    const current = inUse.get(metric) ?? Quantity.zero;
    if (current.compare(limit) <= 0) return [];
    return [{ metric, current: quantityToJson(current), limit: quantityToJson(limit) }];
  });
}

/** Names everything that stands in the way, not only the first. */
export function downgradeBlocked(planCode: string, excess: readonly Excess[]): LandlordError {
  const errors: InputIssue[] = excess.map(({ metric, current, limit }) => ({
    path: metric,
    message: `${current} in use, the limit is ${limit}`,
  }));
  const said = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const [first] = excess;
  return new LandlordError('downgrade_blocked', `too much is in use for plan ${planCode}: ${said}`, {
    errors,
    ...(first ? { facts: { ...first } } : {}),
  });
}

function hardLimits(plan: Limited): ReadonlyMap<string, Quantity> {
  const limits = limitsOf('', plan, []).filter(({ isEnforced }) => isEnforced);
  return new Map(limits.map(({ metric, limit }) => [metric, Quantity.of(limit)]));
}
