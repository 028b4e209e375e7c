import { cloudEvent, cloudEventId, issueMessage } from '@landlord/saas';
import { columnsIn, judgeJsonLine } from './json-lines.js';
import { type LineReader, lineByLine, type Verdict } from './reading.js';
import { flawOf, isRecord, judgeRow, type RowOptions } from './row.js';

/** What the API reads of `data`; it refuses other fields, here they are left out. */
const DATA_FIELDS = ['metric', 'quantity', 'set', 'properties'];

/** The time is judged as that of any other row, and has to be there. */
const timelessEvent = cloudEvent.omit({ time: true });

/**
 * CloudEvents 1.0 in JSON, one a line. Read as the API reads them, so that an event imported here and sent there
 * counts once: `source` and `id` together identify it, the metric is `data.metric` or else `type`.
 */
export function cloudEventsReader(options: RowOptions): LineReader {
  return lineByLine((text) => judgeJsonLine(text, (event) => judgeCloudEvent(options, event)));
}

function judgeCloudEvent(options: RowOptions, event: Record<string, unknown>): Verdict {
  const data = event.data ?? {};
  if (!isRecord(data)) return { kind: 'broken', reason: 'data: must be an object' };
  const said = Object.entries(data).filter(([name]) => DATA_FIELDS.includes(name));
  const checked = timelessEvent.safeParse(
    { ...event, data: Object.fromEntries(said) },
    { error: issueMessage },
  );
  if (!checked.success) return { kind: 'broken', reason: flawOf(checked.error) };
  const { source, id, type } = checked.data;
  const attributes = columnsIn(event);
  const details = columnsIn(data);
  const named: Record<string, unknown> = {
    id: cloudEventId(source, id),
    time: event.time,
    quantity: data.quantity,
    metric: options.metric ?? checked.data.data?.metric ?? type,
    properties: data.properties,
    set: data.set,
  };
  const read = columnsIn(named);
  return judgeRow({ ...options, columns: { timestamp: 'time' } }, (column) =>
    Object.hasOwn(named, column) ? read(column) : (attributes(column) ?? details(column)),
  );
}
