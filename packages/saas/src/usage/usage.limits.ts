import { type MeterLimit } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { type Plan } from '../plans/plan.js';
import { type TenantCaps } from '../tenants/tenant.js';
import { BUILT_IN_METERS, METRICS } from './meter.js';
import { type QuantityJson } from './quota.js';

/** A tenant between the one that uses and the one that subscribes. */
export interface CappedTenant {
  readonly code: string;
  readonly caps: TenantCaps;
}

const METRIC_BY_LIMIT: ReadonlyMap<string, string> = new Map(
  BUILT_IN_METERS.map(({ limitName, metric }) => [limitName, metric]),
);

/**
 * Every limit that holds: those of the subscriber's plan, softly where the plan says so, and the caps of the tenants
 * that live on the subscription. A limit the plan does not name is none; one of a meter there is not limits nothing.
 */
export function limitsOf(
  subscriberCode: string,
  { limits, enforcement }: Pick<Plan, 'limits' | 'enforcement'>,
  capped: readonly CappedTenant[],
): MeterLimit[] {
  const planned = new Map(
    Object.entries(limits).map(([name, limit]) => [METRIC_BY_LIMIT.get(name) ?? name, limit]),
  );
  const named = new Set([...planned.keys(), ...capped.flatMap(({ caps }) => Object.keys(caps))]);
  const metrics = [...METRICS.filter((metric) => named.has(metric)), ...named].filter(isFirst);
  return metrics.flatMap((metric) => {
    const isEnforced = enforcement[metric] !== 'soft';
    const own = limitFrom({ tenantCode: subscriberCode, metric, isEnforced }, planned.get(metric));
    const caps = capped.flatMap(({ code, caps: values }) =>
      limitFrom({ tenantCode: code, metric, isEnforced: true }, values[metric]),
    );
    return [...own, ...caps];
  });
}

function isFirst(metric: string, index: number, metrics: readonly string[]): boolean {
  return metrics.indexOf(metric) === index;
}

function limitFrom(base: Omit<MeterLimit, 'limit'>, value: QuantityJson | null | undefined): MeterLimit[] {
  return value === null || value === undefined ? [] : [{ ...base, limit: Quantity.of(value).toString() }];
}
