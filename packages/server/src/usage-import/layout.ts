import { tenantCodeFlaw } from '@landlord/kernel';
import type { CombinedOptions } from './formats/combined.js';
import type { CsvOptions } from './formats/csv.js';
import { FIELDS, type Field, type RowOptions } from './formats/row.js';
import type { TenantSource } from './tenant.js';

/** How the file is to be read. */
export type Layout =
  | ({ format: 'combined' } & CombinedOptions)
  | ({ format: 'csv' } & CsvOptions)
  | ({ format: 'jsonl' } & RowOptions)
  | ({ format: 'cloudevents' } & RowOptions);

/** The arguments that say how the file is to be read. */
export interface LayoutArguments {
  format?: string | undefined;
  'tenant-from'?: string | undefined;
  metric?: string | undefined;
  column: string[];
  property: string[];
  delimiter: string;
  'with-path': boolean;
}

/** What is wrong with the arguments, and how to mend it. */
export class WrongArguments extends Error {}

/** @throws {WrongArguments} */
export function layoutOf(values: LayoutArguments): Layout {
  const format = needed(values.format, '--format combined|csv|jsonl|cloudevents');
  switch (format) {
    case 'combined':
      return combinedLayout(values);
    case 'csv':
      return { format, ...rowOptions(values, 'tenant'), delimiter: delimiterOf(values.delimiter) };
    case 'jsonl':
      return { format, ...rowOptions(values, 'tenant') };
    case 'cloudevents':
      if (values.column.length > 0) throw new WrongArguments('--column is for csv and jsonl');
      return { format, ...rowOptions(values, 'subject') };
    default:
      throw new WrongArguments(`--format ${format} is unknown: combined, csv, jsonl or cloudevents`);
  }
}

function combinedLayout(values: LayoutArguments): Layout {
  if (values.column.length > 0 || values.property.length > 0)
    throw new WrongArguments('--column and --property are for csv, jsonl and cloudevents');
  const tenantFrom = tenantSource(needed(values['tenant-from'], '--tenant-from path-segment|fixed:<code>'));
  if (tenantFrom.kind === 'column')
    throw new WrongArguments('--tenant-from column:<name> is for csv, jsonl and cloudevents');
  const metric = needed(values.metric, '--metric <metric>');
  return { format: 'combined', metric, tenantFrom, withPath: values['with-path'] };
}

function rowOptions(values: LayoutArguments, defaultColumn: string): RowOptions {
  const columns = columnsOf(values.column);
  const tenantFrom = tenantSource(values['tenant-from'] ?? `column:${columns.tenant ?? defaultColumn}`);
  if (tenantFrom.kind === 'path-segment')
    throw new WrongArguments('--tenant-from path-segment is for --format combined');
  if (values['with-path']) throw new WrongArguments('--with-path is for --format combined');
  return { metric: values.metric, tenantFrom, columns, properties: values.property };
}

function tenantSource(text: string): TenantSource {
  if (text === 'path-segment') return { kind: 'path-segment' };
  const [kind = '', ...rest] = text.split(':');
  const value = rest.join(':');
  if (kind === 'column' && value !== '') return { kind, name: value };
  if (kind === 'fixed') return { kind, code: tenantCodeOf(value) };
  throw new WrongArguments(`--tenant-from ${text} is unknown: path-segment, fixed:<code> or column:<name>`);
}

function tenantCodeOf(text: string): string {
  const flaw = tenantCodeFlaw(text);
  if (flaw === null) return text;
  throw new WrongArguments(`--tenant-from fixed:${text}: the tenant code ${flaw}`);
}

function columnsOf(mappings: readonly string[]): Partial<Record<Field, string>> {
  const columns: Partial<Record<Field, string>> = {};
  for (const mapping of mappings) {
    const [name = '', ...rest] = mapping.split('=');
    const field = FIELDS.find((known) => known === name);
    const column = rest.join('=');
    if (field === undefined || column === '')
      throw new WrongArguments(
        `--column ${mapping}: write <field>=<column>, field one of ${FIELDS.join(', ')}`,
      );
    columns[field] = column;
  }
  return columns;
}

function delimiterOf(text: string): string {
  const delimiter = text === '\\t' ? '\t' : text;
  if (delimiter.length === 1 && !/["\r\n]/.test(delimiter)) return delimiter;
  throw new WrongArguments('--delimiter must be one character (\\t for a tab)');
}

/** @throws {WrongArguments} when an argument is missing. */
export function needed(value: string | undefined, what: string): string {
  if (value !== undefined && value !== '') return value;
  throw new WrongArguments(`${what} is missing`);
}
