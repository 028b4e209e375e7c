import {
  type CommandRecord,
  type KeptId,
  type MeterEffect,
  type PortableCommand,
  Quantity,
  type TenantRow,
  tenantScope,
} from '@landlord/kernel';
import { CHAINED, REMOVED, type RemovedRow } from './audit.js';
import { CHAIN_HEAD_COLUMNS, type ChainHeadRow, chainHeadFromRow } from './chain.js';
import { type Database, type Row, type Transaction } from './database.js';
import { EVENT_COLUMNS, type EventRow, eventFromRow } from './meter-events.js';
import { type HourRow } from './meter-hours.js';
import {
  COMMAND_COLUMNS,
  type CommandRow,
  commandFromRow,
  ITEM_COLUMNS,
  type ItemRow,
  itemFromRow,
} from './rows.js';

/** Rows held at a time: a row may be half a megabyte. */
const CHUNK_ROWS = 200;
/** Before everything. */
const BEGINNING = '0001-01-01T00:00:00.000Z';

interface IdRow extends Row {
  id_hash: string;
  fingerprint: string;
  recorded_at: string;
}

interface SightingRow extends Row {
  metric: string;
  value: string;
  period_sk: string;
  is_carried: boolean;
}

/** All of a tenant in one snapshot, a chunk at a time, behind the wall of row security. */
export async function* exportTenant(database: Database, tenantCode: string): AsyncGenerator<TenantRow> {
  yield* database.snapshot(tenantScope(tenantCode), (transaction) => rowsOf(transaction, tenantCode));
}

async function* rowsOf(transaction: Transaction, tenantCode: string): AsyncGenerator<TenantRow> {
  const [head] = await transaction.query<ChainHeadRow>(
    `select ${CHAIN_HEAD_COLUMNS} from landlord.audit_chain where tenant_code = $1`,
    [tenantCode],
  );
  if (!head) return;
  yield { kind: 'head', head: chainHeadFromRow(head) };
  for await (const row of itemRows(transaction, tenantCode)) yield { kind: 'item', item: itemFromRow(row) };
  for await (const row of unchainedRows(transaction, tenantCode)) yield commandOf(row);
  yield* chainRows(transaction, tenantCode);
  for await (const row of eventRows(transaction, tenantCode))
    yield { kind: 'event', event: eventFromRow(row) };
  for await (const row of idRows(transaction, tenantCode)) yield { kind: 'eventId', eventId: keptId(row) };
  for await (const hour of hourRows(transaction, tenantCode))
    yield { kind: 'hour', hour: effectFromRow(hour) };
  for await (const row of sightingRows(transaction, tenantCode))
    yield {
      kind: 'sighting',
      sighting: {
        metric: row.metric,
        value: row.value,
        periodSk: row.period_sk,
        isCarried: row.is_carried,
      },
    };
}

function itemRows(transaction: Transaction, tenantCode: string): AsyncGenerator<ItemRow> {
  return chunked(({ pk = '', sk = '' }: Partial<ItemRow>) =>
    transaction.query<ItemRow>(
      `select ${ITEM_COLUMNS} from landlord.item where tenant_code = $1 and (pk, sk) > ($2, $3)
       order by tenant_code, pk, sk limit ${CHUNK_ROWS}`,
      [tenantCode, pk, sk],
    ),
  );
}

function unchainedRows(transaction: Transaction, tenantCode: string): AsyncGenerator<CommandRow> {
  return chunked(({ pk = '', sk = '', version = 0 }: Partial<CommandRow>) =>
    transaction.query<CommandRow>(
      `select ${COMMAND_COLUMNS} from landlord.command
       where tenant_code = $1 and sequence is null and (pk, sk, version) > ($2, $3, $4)
       order by tenant_code, pk, sk, version limit ${CHUNK_ROWS}`,
      [tenantCode, pk, sk, version],
    ),
  );
}

/** Commands and the links of removed ones, merged by sequence. */
async function* chainRows(transaction: Transaction, tenantCode: string): AsyncGenerator<TenantRow> {
  const removed = chunked(({ sequence = 0 }: Partial<RemovedRow>) =>
    transaction.query<RemovedRow>(REMOVED, [tenantCode, sequence, CHUNK_ROWS]),
  );
  const commands = chunked(({ sequence }: Partial<CommandRow>) =>
    transaction.query<CommandRow>(CHAINED, [tenantCode, sequence ?? 0, CHUNK_ROWS]),
  );
  let gone = await removed.next();
  for await (const row of commands) {
    for (; !gone.done && gone.value.sequence < (row.sequence ?? 0); gone = await removed.next())
      yield removedOf(gone.value);
    yield commandOf(row);
  }
  for (; !gone.done; gone = await removed.next()) yield removedOf(gone.value);
}

function eventRows(transaction: Transaction, tenantCode: string): AsyncGenerator<EventRow> {
  return chunked(({ recorded_at = BEGINNING, id = '' }: Partial<EventRow>) =>
    transaction.query<EventRow>(
      `select ${EVENT_COLUMNS} from landlord.usage_event
       where tenant_code = $1 and recorded_at >= $2 and (recorded_at, id) > ($2, $3)
       order by tenant_code, recorded_at, id limit ${CHUNK_ROWS}`,
      [tenantCode, recorded_at, id],
    ),
  );
}

/** Of events that are gone: there is no table any more for the month they were recorded in. */
async function* idRows(transaction: Transaction, tenantCode: string): AsyncGenerator<IdRow> {
  const [gap] = await transaction.query<{ months: string[]; until: string | null }>(GAP, [tenantCode]);
  if (!gap || gap.until === null) return;
  const { months, until } = gap;
  yield* chunked(({ recorded_at = BEGINNING, id_hash = '' }: Partial<IdRow>) =>
    transaction.query<IdRow>(ORPHANED_IDS, [tenantCode, recorded_at, id_hash, until, months]),
  );
}

/** The months of which there are events, and the end of the last one before them, or between them, of which there are none. */
const GAP = `with kept as (
    select to_timestamp(substr(name, 13), 'YYYY_MM')::timestamp as month, substr(name, 13) as name from landlord.usage_parts('usage_event')
  ), first as (
    select date_trunc('month', min(recorded_at), 'UTC') at time zone 'UTC' as month from landlord.usage_event_id where tenant_code = $1
  )
  select array(select name from kept) as months, (
    select (max(m) + interval '1 month') at time zone 'UTC'
    from generate_series((select month from first), (select max(month) from kept), interval '1 month') as m
    where m not in (select month from kept)) as until`;

const ORPHANED_IDS = `select encode(id_hash, 'hex') as id_hash, encode(fingerprint, 'hex') as fingerprint, recorded_at
  from landlord.usage_event_id
  where tenant_code = $1 and recorded_at >= $2 and recorded_at < $4 and (recorded_at, id_hash) > ($2, decode($3, 'hex'))
    and to_char(recorded_at at time zone 'UTC', 'YYYY_MM') <> all($5::text[])
  order by tenant_code, recorded_at, id_hash limit ${CHUNK_ROWS}`;

function hourRows(transaction: Transaction, tenantCode: string): AsyncGenerator<HourRow & { hash: string }> {
  return chunked(({ metric = '', hour = BEGINNING, hash = '' }: Partial<HourRow & { hash: string }>) =>
    transaction.query<HourRow & { hash: string }>(
      `select metric, hour, dimensions, quantity, count, encode(dimensions_hash, 'hex') as hash from landlord.usage_hour
       where tenant_code = $1 and (metric, hour, dimensions_hash) > ($2, $3, decode($4, 'hex'))
       order by tenant_code, metric, hour, dimensions_hash limit ${CHUNK_ROWS}`,
      [tenantCode, metric, hour, hash],
    ),
  );
}

function sightingRows(transaction: Transaction, tenantCode: string): AsyncGenerator<SightingRow> {
  return chunked(({ metric = '', value = '', period_sk = '' }: Partial<SightingRow>) =>
    transaction.query<SightingRow>(
      `select metric, value, period_sk, is_carried from landlord.usage_sighting
       where tenant_code = $1 and (metric, value, period_sk) > ($2, $3, $4)
       order by tenant_code, metric, value, period_sk limit ${CHUNK_ROWS}`,
      [tenantCode, metric, value, period_sk],
    ),
  );
}

/** Row after row; `next` reads those after the last one. */
async function* chunked<TRow extends Row>(
  next: (last: Partial<TRow>) => Promise<TRow[]>,
): AsyncGenerator<TRow, undefined> {
  let last: Partial<TRow> = {};
  for (;;) {
    const rows = await next(last);
    yield* rows;
    const newest = rows.at(-1);
    if (!newest || rows.length < CHUNK_ROWS) return undefined;
    last = newest;
  }
}

function commandOf(row: CommandRow): TenantRow {
  return { kind: 'command', command: portable(commandFromRow(row)) };
}

export function portable({ position: _ownToThisStore, ...command }: CommandRecord): PortableCommand {
  return command;
}

function removedOf({ sequence, content_hash, chain_hash }: RemovedRow): TenantRow {
  return { kind: 'removed', link: { sequence, contentHash: content_hash, hash: chain_hash } };
}

function keptId({ id_hash, fingerprint, recorded_at }: IdRow): KeptId {
  return { idHash: id_hash, fingerprint, recordedAt: recorded_at };
}

function effectFromRow({ metric, hour, dimensions, quantity, count }: HourRow): MeterEffect {
  return { metric, hour, dimensions, quantity: Quantity.of(quantity).toString(), count };
}
