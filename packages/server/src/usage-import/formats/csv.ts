import { CsvError, parse } from 'csv-parse/sync';
import type { Line } from '../input/lines.js';
import { shown } from '../shown.js';
import {
  InputError,
  type LineReader,
  overlong,
  placeOf,
  type Reading,
  textOf,
  type Verdict,
} from './reading.js';
import { type Field, judgeRow, type RowOptions } from './row.js';

/** A quoted field may span this many lines; a quote left open costs its own line, not the rest of the file. */
const MAX_ROW_LINES = 50;

export interface CsvOptions extends RowOptions {
  delimiter: string;
}

type Fields = { kind: 'fields'; fields: string[] } | { kind: 'open' } | { kind: 'broken'; reason: string };

/** CSV (RFC 4180) with a header line. */
export class CsvReader implements LineReader {
  private header: Map<string, number> | undefined;
  private pending: Line[] = [];

  constructor(private readonly options: CsvOptions) {}

  read(line: Line): Reading[] {
    if (line.isOverlong) return [...this.end(), { ...placeOf(line), verdict: overlong() }];
    if (this.pending.length === 0 && line.bytes.length === 0)
      return [{ ...placeOf(line), verdict: { kind: 'blank' } }];
    this.pending.push(line);
    const fields = splitFields(this.pending.map(textOf).join('\n'), this.options.delimiter);
    if (fields.kind !== 'open') return this.close(fields);
    return this.pending.length < MAX_ROW_LINES ? [] : this.giveUpFirst();
  }

  end(): Reading[] {
    const readings: Reading[] = [];
    while (this.pending.length > 0) readings.push(...this.giveUpFirst());
    return readings;
  }

  private close(row: Exclude<Fields, { kind: 'open' }>): Reading[] {
    const place = joinedPlace(this.pending);
    this.pending = [];
    if (row.kind === 'broken') return [{ ...place, verdict: row }];
    if (this.header !== undefined) return [{ ...place, verdict: this.judge(row.fields, this.header) }];
    this.header = headerOf(row.fields, this.options);
    return [{ ...place, verdict: { kind: 'blank' } }];
  }

  private giveUpFirst(): Reading[] {
    const [first, ...rest] = this.pending;
    this.pending = [];
    if (first === undefined) return [];
    const verdict: Verdict = { kind: 'broken', reason: 'a quote is opened and not closed' };
    return [{ ...placeOf(first), verdict }, ...rest.flatMap((line) => this.read(line))];
  }

  private judge(fields: string[], header: Map<string, number>): Verdict {
    if (fields.length !== header.size)
      return { kind: 'broken', reason: `${fields.length} fields where the header has ${header.size}` };
    return judgeRow(this.options, (column) => {
      const index = header.get(column);
      const value = index === undefined ? undefined : fields[index];
      return value === '' ? undefined : value;
    });
  }
}

function splitFields(text: string, delimiter: string): Fields {
  if (!text.includes('"')) return { kind: 'fields', fields: text.split(delimiter) };
  try {
    const [fields = []] = parse(text, { delimiter, record_delimiter: '\0', relax_column_count: true });
    return { kind: 'fields', fields };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') return { kind: 'open' };
    return { kind: 'broken', reason: 'a quote stands where none may stand; double it inside a quoted field' };
  }
}

function headerOf(names: string[], options: CsvOptions): Map<string, number> {
  const header = new Map(names.map((name, index) => [name.trim(), index]));
  if (header.size !== names.length) throw new InputError('the CSV header names a column twice');
  for (const column of neededColumns(options))
    if (!header.has(column))
      throw new InputError(
        `the CSV header has no column "${column}"; it has: ${names.slice(0, 20).map(shown).join(', ')}. Map it with --column <field>=<column>`,
      );
  return header;
}

function neededColumns(options: CsvOptions): string[] {
  const mapped = Object.values(options.columns);
  const time = options.columns.timestamp ?? ('timestamp' satisfies Field);
  const tenant = options.tenantFrom.kind === 'column' ? [options.tenantFrom.name] : [];
  const metric = options.metric === undefined ? [options.columns.metric ?? ('metric' satisfies Field)] : [];
  return [...new Set([time, ...tenant, ...metric, ...mapped, ...options.properties])];
}

function joinedPlace(lines: readonly Line[]): Omit<Reading, 'verdict'> {
  const [first] = lines;
  if (first === undefined) throw new Error('A row has at least one line');
  const bytes = lines.flatMap((line, index) =>
    index === 0 ? [line.bytes] : [Buffer.from('\n'), line.bytes],
  );
  return { ...placeOf(first), bytes: lines.length === 1 ? first.bytes : Buffer.concat(bytes) };
}
