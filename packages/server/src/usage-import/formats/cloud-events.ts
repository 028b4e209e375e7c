import { createHash } from 'node:crypto';
import { columnsIn, judgeJsonLine } from './json-lines.js';
import { type LineReader, lineByLine, type Verdict } from './reading.js';
import { isRecord, judgeRow, type RowOptions } from './row.js';

/** CloudEvents 1.0 in JSON, one a line. `source` and `id` together identify an event. */
export function cloudEventsReader(options: RowOptions): LineReader {
  return lineByLine((text) => judgeJsonLine(text, (event) => judgeCloudEvent(options, event)));
}

function judgeCloudEvent(options: RowOptions, event: Record<string, unknown>): Verdict {
  const { specversion, id, source } = event;
  if (specversion !== '1.0') return { kind: 'broken', reason: 'specversion must be "1.0"' };
  if (!isText(id) || !isText(source)) return { kind: 'broken', reason: 'id and source must be texts' };
  const data = isRecord(event.data) ? event.data : {};
  const attributes = columnsIn(event);
  const details = columnsIn(data);
  const named: Record<string, unknown> = {
    id: cloudEventId(source, id),
    time: event.time,
    quantity: details('quantity'),
    metric: details('metric'),
    properties: details('properties'),
    set: details('set'),
  };
  const read = columnsIn(named);
  return judgeRow({ ...options, columns: { timestamp: 'time' } }, (column) =>
    Object.hasOwn(named, column) ? read(column) : (attributes(column) ?? details(column)),
  );
}

/** A source is a URI of any length, so the pair is hashed: `ce:<sha256 of ["source","id"]>`. */
export function cloudEventId(source: string, id: string): string {
  return `ce:${createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('base64url')}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
