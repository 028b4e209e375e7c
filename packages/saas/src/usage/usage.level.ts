import { type Item } from '@landlord/kernel';
import { isJsonObject, type JsonObject, type JsonValue, Quantity } from '@landlord/kernel/pure';
import { isBuiltIn, METRICS } from './meter.js';

export const USAGE_TYPE = 'USAGE';
export const USAGE_PREFIX = 'USAGE#';

/**
 * By name: `apiCalls` is the tenant's own use, `pooled.apiCalls` that of the tenants on its subscription, `held.apiCalls`
 * and `pooledHeld.apiCalls` what is kept free for them.
 */
export type Level = ReadonlyMap<string, Quantity>;

/** Where the levels of own meters stand. */
const OWN = 'meters';
const POOLED = 'pooled';
const HELD = 'held';
const POOLED_HELD = 'pooledHeld';
const PARTS = [POOLED, HELD, POOLED_HELD] as const;

export function pooledName(metric: string): string {
  return `${POOLED}.${metric}`;
}

export function heldName(metric: string): string {
  return `${HELD}.${metric}`;
}

export function pooledHeldName(metric: string): string {
  return `${POOLED_HELD}.${metric}`;
}

/** Where a name stands among the attributes of a usage item. No metric has a dot. */
export function pathOf(name: string): readonly string[] {
  if (name.includes('.')) return name.split('.');
  return isBuiltIn(name) ? [name] : [OWN, name];
}

/** The level a month starts from: what is carried as the month before left it, the rest at 0. */
export function carriedLevel(before: Level | undefined, carried: ReadonlySet<string>): Map<string, Quantity> {
  const level = new Map(METRICS.map((metric) => [metric, Quantity.zero]));
  for (const [name, quantity] of before ?? []) {
    if (carried.has(metricOf(name)) && !quantity.isZero()) level.set(name, quantity);
  }
  return level;
}

export function levelOfItem({ attributes }: Pick<Item, 'attributes'>): Map<string, Quantity> {
  const level = new Map<string, Quantity>();
  for (const metric of METRICS) level.set(metric, quantityFrom(attributes[metric]) ?? Quantity.zero);
  takeAll(level, attributes[OWN], (metric) => metric);
  for (const part of PARTS) takeAll(level, attributes[part], (metric) => `${part}.${metric}`);
  return level;
}

/** The meters of the vendor that a month says anything of. */
export function ownMetersOf(item: Pick<Item, 'attributes'>): ReadonlySet<string> {
  return new Set([...levelOfItem(item).keys()].map(metricOf).filter((metric) => !isBuiltIn(metric)));
}

function takeAll(
  level: Map<string, Quantity>,
  values: JsonValue | undefined,
  nameOf: (metric: string) => string,
) {
  if (!isJsonObject(values)) return;
  for (const [metric, value] of Object.entries(values)) {
    const quantity = quantityFrom(value);
    if (quantity) level.set(nameOf(metric), quantity);
  }
}

function metricOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function quantityFrom(value: JsonValue | undefined): Quantity | null {
  return typeof value === 'number' || typeof value === 'string' ? Quantity.of(value) : null;
}

/** The usage item of a month that begins. */
export function initialUsage(tenantCode: string, sk: string, level: Level) {
  const period = sk.slice(USAGE_PREFIX.length);
  const parts: Record<string, Record<string, JsonValue>> = { [OWN]: {} };
  const attributes: Record<string, JsonValue> = {};
  for (const [name, quantity] of level) {
    const [first = name, metric] = pathOf(name);
    if (metric === undefined) attributes[first] = quantity.toJSON();
    else parts[first] = { ...parts[first], [metric]: quantity.toJSON() };
  }
  const whole: JsonObject = { ...attributes, ...parts };
  return { tenantCode, type: USAGE_TYPE, code: period, name: `usage of ${period}`, attributes: whole };
}
