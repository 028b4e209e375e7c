import { type MeterLimit } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { type Plan } from '../plans/plan.js';
import { type TenantCaps } from '../tenants/tenant.js';
import { BUILT_IN_METERS } from './meter.js';
import { type QuantityJson } from './quota.js';

/** A tenant between the one that uses and the one that subscribes. */
export interface CappedTenant {
  readonly code: string;
  readonly caps: TenantCaps;
}

/**
 * Every limit that holds: those of the subscriber's plan, softly where the plan says so, and the caps of the tenants
 * that live on the subscription. A limit the plan does not name is none.
 */
export function limitsOf(
  subscriberCode: string,
  { limits, enforcement }: Pick<Plan, 'limits' | 'enforcement'>,
  capped: readonly CappedTenant[],
): MeterLimit[] {
  return BUILT_IN_METERS.flatMap(({ metric, limitName }) => {
    const isEnforced = enforcement[metric] !== 'soft';
    const planned = limitFrom({ tenantCode: subscriberCode, metric, isEnforced }, limits[limitName]);
    const caps = capped.flatMap(({ code, caps: values }) =>
      limitFrom({ tenantCode: code, metric, isEnforced: true }, values[metric]),
    );
    return [...planned, ...caps];
  });
}

function limitFrom(base: Omit<MeterLimit, 'limit'>, value: QuantityJson | null | undefined): MeterLimit[] {
  return value === null || value === undefined ? [] : [{ ...base, limit: Quantity.of(value).toString() }];
}
