import { createHash } from 'node:crypto';
import { type MeterReading } from '@landlord/kernel';
import {
  type InputIssue,
  type JsonObject,
  type JsonValue,
  parseQuantity,
  Quantity,
} from '@landlord/kernel/pure';
import { type Meter } from './meter.js';

/** Far above any use, and far below where a sum of events could no longer be kept exactly. */
const EVENT_QUANTITY_LIMIT = Quantity.of('1000000000000000');

/** What an event says, whatever meters take it. */
export interface Measure {
  readonly quantity: Quantity | undefined;
  readonly set: Quantity | undefined;
  readonly properties: JsonObject;
  /** Where the sender wrote each of them. */
  readonly paths: { readonly quantity: string; readonly set: string; readonly properties: string };
}

/** What the event says of a meter: a reading, nothing where it does not count there, or what is wrong. */
export type Reading = { readonly reading: MeterReading | null } | { readonly issue: InputIssue };

export function readingOf(meter: Meter, measure: Measure): Reading {
  if (!meter.filter.every(({ property, in: values }) => isAmong(measure.properties[property], values)))
    return { reading: null };
  return meter.kind === 'unique' ? uniqueReading(meter, measure) : measuredReading(meter, measure);
}

/** What the system takes back of what it counted: only what was added can be. */
export function takenBack(meter: Meter, measure: Measure): Reading {
  if (meter.kind !== 'sum' && meter.kind !== 'gauge') return { reading: null };
  const read = readingOf({ ...meter, kind: 'gauge' }, measure);
  return 'reading' in read && meter.valueProperty !== undefined ? { reading: null } : read;
}

/** What changes nothing: an event that was admitted though it counts nowhere. */
export function emptyReading({ metric }: Meter): MeterReading {
  return { metric, mode: 'add', quantity: '0', dimensions: {} };
}

function uniqueReading(meter: Meter, { properties }: Measure): Reading {
  const value = textOf(properties[meter.uniqueProperty ?? '']);
  if (value === null) return { reading: null };
  const hash = createHash('sha256').update(value).digest('base64url');
  const { metric } = meter;
  const reading = { metric, mode: 'unique' as const, quantity: '1', value: hash };
  return { reading: { ...reading, dimensions: dimensionsOf(meter, properties) } };
}

function measuredReading(meter: Meter, measure: Measure): Reading {
  const amount =
    meter.valueProperty === undefined ? said(measure) : propertyAmount(meter.valueProperty, measure);
  if (amount === null) return { reading: null };
  if ('issue' in amount) return amount;
  const issue = amountIssue(meter, amount);
  if (issue) return { issue };
  const mode = modeOf(meter, amount.isSet);
  const { metric } = meter;
  const dimensions = dimensionsOf(meter, measure.properties);
  return { reading: { metric, mode, quantity: amount.quantity.toString(), dimensions } };
}

interface Amount {
  readonly quantity: Quantity;
  readonly isSet: boolean;
  readonly path: string;
  /** It stands in a property: 0 is something that happened. */
  readonly isProperty: boolean;
}

function said({ quantity, set, paths }: Measure): Amount {
  const path = set ? paths.set : paths.quantity;
  return { quantity: set ?? quantity ?? Quantity.one, isSet: set !== undefined, path, isProperty: false };
}

/** Null where the event has no such property: it does not count there. */
function propertyAmount(name: string, { properties, paths }: Measure): Amount | { issue: InputIssue } | null {
  const value = properties[name];
  if (value === undefined || value === null) return null;
  const parsed = parseQuantity(value);
  const path = `${paths.properties}.${name}`;
  if (!parsed.ok) return { issue: { path, message: 'must be a number or a decimal string such as "12.5"' } };
  return { quantity: parsed.value, isSet: false, path, isProperty: true };
}

function amountIssue(
  { metric, kind }: Meter,
  { quantity, isSet, path, isProperty }: Amount,
): InputIssue | null {
  if (isSet && kind !== 'gauge' && kind !== 'latest')
    return { path, message: `${metric} is a ${kind}: send a quantity${kind === 'sum' ? ' to add' : ''}` };
  if (isSet && quantity.isNegative()) return { path, message: 'must not be below 0' };
  if (kind === 'sum' && (quantity.isNegative() || (quantity.isZero() && !isProperty)))
    return { path, message: `must be above 0 for ${metric}` };
  if (kind !== 'gauge' && quantity.isNegative())
    return { path, message: `must not be below 0 for ${metric}` };
  const size = quantity.isNegative() ? quantity.negate() : quantity;
  if (size.compare(EVENT_QUANTITY_LIMIT) < 0) return null;
  return { path, message: 'must have at most 15 digits before the point' };
}

function modeOf({ kind }: Meter, isSet: boolean): MeterReading['mode'] {
  if (kind === 'max' || kind === 'latest') return kind;
  return isSet ? 'set' : 'add';
}

function dimensionsOf({ dimensions }: Meter, properties: JsonObject): Record<string, string> {
  const pairs = dimensions.flatMap((name) => {
    const value = textOf(properties[name]);
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

function isAmong(value: JsonValue | undefined, values: readonly (string | number | boolean)[]): boolean {
  const text = textOf(value);
  return text !== null && values.some((each) => String(each) === text);
}

/** Null for what is not there. */
function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}
