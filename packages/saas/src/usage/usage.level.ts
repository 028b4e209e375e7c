import { type Item } from '@landlord/kernel';
import { type JsonObject, type JsonValue, Quantity } from '@landlord/kernel/pure';
import { BUILT_IN_METERS } from './meter.js';

export const USAGE_TYPE = 'USAGE';
export const USAGE_PREFIX = 'USAGE#';

/** By name: `apiCalls` is the tenant's own use, `pooled.apiCalls` that of the tenants on its subscription. */
export type Level = ReadonlyMap<string, Quantity>;

const POOLED = 'pooled';

export function pooledName(metric: string): string {
  return `${POOLED}.${metric}`;
}

/** Where a name stands among the attributes of a usage item. */
export function pathOf(name: string): readonly string[] {
  return name.split('.');
}

/** The level a month starts from: gauges as the month before left them, sums at 0. */
export function carriedLevel(before: Level | undefined): Map<string, Quantity> {
  const level = new Map<string, Quantity>();
  for (const { metric, kind } of BUILT_IN_METERS) {
    const isCarried = kind === 'gauge';
    level.set(metric, (isCarried ? before?.get(metric) : undefined) ?? Quantity.zero);
    const pooled = isCarried ? before?.get(pooledName(metric)) : undefined;
    if (pooled && !pooled.isZero()) level.set(pooledName(metric), pooled);
  }
  return level;
}

export function levelOfItem({ attributes }: Pick<Item, 'attributes'>): Map<string, Quantity> {
  const level = new Map<string, Quantity>();
  for (const { metric } of BUILT_IN_METERS) {
    level.set(metric, quantityFrom(attributes[metric]) ?? Quantity.zero);
    const pooled = quantityFrom(pooledFrom(attributes)[metric]);
    if (pooled) level.set(pooledName(metric), pooled);
  }
  return level;
}

function pooledFrom(attributes: JsonObject): JsonObject {
  const { [POOLED]: pooled } = attributes;
  return typeof pooled === 'object' && pooled !== null && !Array.isArray(pooled)
    ? (pooled as JsonObject)
    : {};
}

function quantityFrom(value: JsonValue | undefined): Quantity | null {
  return typeof value === 'number' || typeof value === 'string' ? Quantity.of(value) : null;
}

/** The usage item of a month that begins. */
export function initialUsage(tenantCode: string, sk: string, level: Level) {
  const period = sk.slice(USAGE_PREFIX.length);
  const values = (of: (metric: string) => string) =>
    Object.fromEntries(
      BUILT_IN_METERS.flatMap(({ metric }) => {
        const quantity = level.get(of(metric));
        return quantity ? [[metric, quantity.toJSON()]] : [];
      }),
    );
  const pooled = values(pooledName);
  const attributes: JsonObject = {
    ...values((metric) => metric),
    meters: {},
    ...(Object.keys(pooled).length > 0 ? { [POOLED]: pooled } : {}),
  };
  return { tenantCode, type: USAGE_TYPE, code: period, name: `usage of ${period}`, attributes };
}
