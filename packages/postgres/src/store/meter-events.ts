import { isDeepStrictEqual } from 'node:util';
import { type MeterEvent, type MeterReading, type MeterRequest, type RecordedEvent } from '@landlord/kernel';
import { type Row, type Transaction } from './database.js';

export interface Accepted {
  readonly request: MeterRequest;
  readonly events: readonly MeterEvent[];
}

export interface EventRow extends Row {
  id: string;
  fingerprint: string;
  metric: string;
  period_sk: string;
  at: string;
  hour: string;
  quantity: string;
  mode: RecordedEvent['mode'];
  properties: RecordedEvent['properties'];
  readings: RecordedEvent['readings'] | null;
  pooled_with: readonly string[] | null;
  user_id: string;
  request_id: string;
  recorded_at: string;
}

export const EVENT_COLUMNS = `id, encode(fingerprint, 'hex') as fingerprint, metric, period_sk, at, hour, quantity, mode, properties,
  readings, pooled_with, user_id, request_id, recorded_at`;

const INSERT = `insert into landlord.usage_event (tenant_code, id, fingerprint, metric, period_sk, at, hour, quantity, mode,
    properties, readings, pooled_with, user_id, request_id, recorded_at)
  select tenant_code, id, decode(fingerprint, 'hex'), metric, period_sk, at, hour, quantity, mode, properties, readings,
    string_to_array(pooled_with, ' '), user_id, request_id, recorded_at
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::numeric[],
    $9::text[], $10::jsonb[], $11::jsonb[], $12::text[], $13::text[], $14::text[], $15::timestamptz[]) as e(tenant_code, id,
    fingerprint, metric, period_sk, at, hour, quantity, mode, properties, readings, pooled_with, user_id, request_id, recorded_at)`;

export async function insertEvents(transaction: Transaction, accepted: readonly Accepted[]): Promise<void> {
  const rows = accepted.flatMap(({ request, events }) => events.map((event) => ({ event, request })));
  if (rows.length === 0) return;
  await transaction.query(INSERT, [
    rows.map(({ request }) => request.tenantCode),
    rows.map(({ event }) => event.id),
    rows.map(({ event }) => event.fingerprint),
    rows.map(({ event }) => event.metric),
    rows.map(({ event }) => event.periodSk),
    rows.map(({ event }) => event.at),
    rows.map(({ event }) => event.hour),
    rows.map(({ event }) => event.quantity),
    rows.map(({ event }) => event.mode),
    rows.map(({ event }) => JSON.stringify(event.properties)),
    rows.map(({ event }) => (isPlain(event) ? null : JSON.stringify(event.readings))),
    // Codes of tenants have no spaces.
    rows.map(({ request: { pooledWith } }) => (pooledWith.length === 0 ? null : pooledWith.join(' '))),
    rows.map(({ request }) => request.origin.userId),
    rows.map(({ request }) => request.origin.requestId),
    rows.map(({ request }) => request.origin.at),
  ]);
}

export function eventFromRow(row: EventRow): RecordedEvent {
  return {
    id: row.id,
    fingerprint: row.fingerprint,
    metric: row.metric,
    periodSk: row.period_sk,
    at: row.at,
    hour: row.hour,
    quantity: row.quantity,
    mode: row.mode,
    properties: row.properties,
    readings: row.readings ?? [plainReading(row)],
    pooledWith: row.pooled_with ?? [],
    userId: row.user_id,
    requestId: row.request_id,
    recordedAt: row.recorded_at,
  };
}

/** Of most events: it says of the meter of its own name what it says itself. */
function plainReading({
  metric,
  mode,
  quantity,
}: Pick<MeterEvent, 'metric' | 'mode' | 'quantity'>): MeterReading {
  return { metric, mode: mode === 'set' ? 'set' : 'add', quantity, dimensions: {} };
}

export function isPlain(event: MeterEvent): boolean {
  const [reading, another] = event.readings;
  return reading !== undefined && another === undefined && isDeepStrictEqual(reading, plainReading(event));
}
