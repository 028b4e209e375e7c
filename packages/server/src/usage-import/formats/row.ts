import { inputIssues, issueMessage, ownEvent } from '@landlord/saas';
import { type z } from 'zod';
import { harmless, shown } from '../shown.js';
import { type TenantSource, tenantOf } from '../tenant.js';
import { parseTimestamp } from '../timestamp.js';
import type { Usage, Verdict } from './reading.js';

const MAX_REASON_LENGTH = 200;

/** An event as the API takes it; the id may still have to be made from the content. */
const rowEvent = ownEvent.partial({ id: true });

export const FIELDS = ['id', 'timestamp', 'quantity', 'tenant', 'metric'] as const;
export type Field = (typeof FIELDS)[number];

export interface RowOptions {
  /** Rows: for those that do not name one. CloudEvents: instead of what they name. */
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
  const metric = read(column('metric')) ?? options.metric;
  if (metric === undefined) return broken(`no ${column('metric')}, and no --metric for rows without one`);
  const said = present({
    id: idOf(read(column('id'))),
    metric,
    timestamp: new Date(timestamp.value).toISOString(),
    quantity: read(column('quantity')),
    properties: propertiesOf(options.properties, read),
  });
  const event = rowEvent.safeParse(said, { error: issueMessage });
  if (!event.success) return broken(flawOf(event.error, options.columns));
  const tenant = tenantOf(tenantText(options.tenantFrom, read));
  if (tenant.kind === 'none') return { kind: 'without-tenant', segment: tenant.segment };
  return { kind: 'usage', usage: usageOf(event.data, { tenant: tenant.code, timestampMs: timestamp.value }) };
}

function usageOf(
  { id, metric, quantity, properties }: z.output<typeof rowEvent>,
  known: Pick<Usage, 'tenant' | 'timestampMs'>,
): Usage {
  return {
    ...known,
    metric,
    ...(id === undefined ? {} : { id }),
    ...(quantity === undefined ? {} : { quantity: quantity.toJSON() }),
    ...(properties === undefined ? {} : { properties }),
  };
}

/** The first thing the API would object to, by the column it stands in. */
export function flawOf(error: z.ZodError, columns: RowOptions['columns'] = {}): string {
  const [issue] = inputIssues(error);
  if (issue === undefined) return 'the API would refuse it';
  const [name = '', ...rest] = issue.path.split('.');
  const field = FIELDS.find((known) => known === name);
  const path = [(field && columns[field]) ?? name, ...rest].join('.');
  return harmless(`${path}: ${issue.message}`).slice(0, MAX_REASON_LENGTH);
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

/** A number beyond 2^53 stays one and is refused: it may already be its neighbour, so two ids would be one. */
function idOf(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value;
}

function propertiesOf(names: readonly string[], read: ReadColumn): unknown {
  const given = read('properties');
  // A CSV column of this name is a text like any other.
  const own = given === undefined || typeof given === 'string' ? {} : given;
  if (!isRecord(own)) return own;
  const named = present(Object.fromEntries(names.map((name) => [name, read(name)])));
  const properties = { ...own, ...named };
  return Object.keys(properties).length === 0 ? undefined : properties;
}

function present(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
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
