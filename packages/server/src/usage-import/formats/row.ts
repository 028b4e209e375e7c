import { shown } from '../shown.js';
import { type TenantSource, tenantOf } from '../tenant.js';
import { parseTimestamp } from '../timestamp.js';
import type { Properties } from '../usage-event.js';
import type { Verdict } from './reading.js';

export const MAX_ID_LENGTH = 128;
const MAX_PROPERTIES = 20;
const MAX_PROPERTY_LENGTH = 256;
const MAX_SAFE_DIGITS = 15;
const DECIMAL = /^-?\d{1,20}(?:\.\d{1,9})?$/;
const PRINTABLE = /^[^\p{C}]+$/u;

export const FIELDS = ['id', 'timestamp', 'quantity', 'tenant', 'metric'] as const;
export type Field = (typeof FIELDS)[number];

export interface RowOptions {
  /** For rows that do not name one. */
  metric: string | undefined;
  tenantFrom: Exclude<TenantSource, { kind: 'path-segment' }>;
  /** The column of each field where it is not the field's own name. */
  columns: Partial<Record<Field, string>>;
  /** Columns kept as properties; all others are left out. */
  properties: readonly string[];
}

/** A row's value in a column, undefined when absent or empty. */
export type ReadColumn = (column: string) => unknown;

type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Judges a row of named values: CSV, JSON lines and CloudEvents all come down to this. */
export function judgeRow(options: RowOptions, read: ReadColumn): Verdict {
  const column = (field: Field) => options.columns[field] ?? field;
  if (read('set') !== undefined)
    return broken('"set" is not imported: batches travel side by side, out of order');
  const timestamp = timestampOf(column('timestamp'), read(column('timestamp')));
  if (!timestamp.ok) return broken(timestamp.reason);
  const id = idOf(column('id'), read(column('id')));
  if (!id.ok) return broken(id.reason);
  const metric = metricOf(column('metric'), read(column('metric')) ?? options.metric);
  if (!metric.ok) return broken(metric.reason);
  const quantity = quantityOf(column('quantity'), read(column('quantity')));
  if (!quantity.ok) return broken(quantity.reason);
  const properties = propertiesOf(options.properties, read);
  if (!properties.ok) return broken(properties.reason);
  const tenant = tenantOf(tenantText(options.tenantFrom, read));
  if (tenant.kind === 'none') return { kind: 'without-tenant', segment: tenant.segment };
  return {
    kind: 'usage',
    usage: {
      tenant: tenant.code,
      metric: metric.value,
      timestampMs: timestamp.value,
      ...(id.value === undefined ? {} : { id: id.value }),
      ...(quantity.value === undefined ? {} : { quantity: quantity.value }),
      ...(Object.keys(properties.value).length === 0 ? {} : { properties: properties.value }),
    },
  };
}

function tenantText(tenantFrom: RowOptions['tenantFrom'], read: ReadColumn): string {
  if (tenantFrom.kind === 'fixed') return tenantFrom.code;
  const value = read(tenantFrom.name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function timestampOf(column: string, value: unknown): Parsed<number> {
  if (value === undefined) return refused(`no ${column}`);
  const ms =
    typeof value === 'string' || typeof value === 'number' ? parseTimestamp(String(value)) : undefined;
  if (ms !== undefined) return { ok: true, value: ms };
  return refused(`${column} ${shown(value)} is no time with an offset, such as 2024-01-31T23:59:59Z`);
}

function idOf(column: string, value: unknown): Parsed<string | undefined> {
  if (value === undefined) return { ok: true, value: undefined };
  const id = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (id !== '' && id.length <= MAX_ID_LENGTH && PRINTABLE.test(id)) return { ok: true, value: id };
  return refused(`${column} ${shown(value)} must be 1 to ${MAX_ID_LENGTH} printable characters`);
}

function metricOf(column: string, value: unknown): Parsed<string> {
  if (value === undefined) return refused(`no ${column}, and no --metric for rows without one`);
  if (typeof value === 'string' && value.length <= 128 && PRINTABLE.test(value)) return { ok: true, value };
  return refused(`${column} ${shown(value)} must be 1 to 128 printable characters`);
}

function quantityOf(column: string, value: unknown): Parsed<string | number | undefined> {
  if (value === undefined) return { ok: true, value };
  if (typeof value === 'string' && DECIMAL.test(value)) return { ok: true, value };
  if (typeof value === 'number' && DECIMAL.test(String(value)) && digitsOf(value) <= MAX_SAFE_DIGITS)
    return { ok: true, value };
  // A JSON number of more digits has already lost some of them.
  const mend = typeof value === 'number' ? `; write it as a string` : '';
  return refused(`${column} ${shown(value)} is no decimal of at most 9 places${mend}`);
}

function digitsOf(value: number): number {
  return String(value).replace(/\D/g, '').length;
}

function propertiesOf(names: readonly string[], read: ReadColumn): Parsed<Properties> {
  const given = read('properties');
  const properties: Record<string, unknown> = isRecord(given) ? { ...given } : {};
  for (const name of names) if (read(name) !== undefined) properties[name] = read(name);
  if (Object.keys(properties).length > MAX_PROPERTIES)
    return refused(`more than ${MAX_PROPERTIES} properties`);
  for (const [name, value] of Object.entries(properties))
    if (!isProperty(name, value))
      return refused(`property ${shown(name)} must be a short text, number or boolean`);
  return { ok: true, value: properties as Properties };
}

function isProperty(name: string, value: unknown): boolean {
  if (name.length > MAX_PROPERTY_LENGTH) return false;
  if (typeof value === 'string') return value.length <= MAX_PROPERTY_LENGTH;
  return typeof value === 'boolean' || typeof value === 'number';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(reason: string): Verdict {
  return { kind: 'broken', reason };
}

function refused(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}
