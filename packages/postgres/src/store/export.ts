import {
  type CommandRecord,
  type PortableCommand,
  type RecordedEvent,
  type TenantRow,
  tenantScope,
} from '@landlord/kernel';
import { CHAINED, REMOVED, type RemovedRow } from './audit.js';
import { CHAIN_HEAD_COLUMNS, type ChainHeadRow, chainHeadFromRow } from './chain.js';
import { type Database, type Row, type Transaction } from './database.js';
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

export interface EventRow extends Row {
  id: string;
  fingerprint: string;
  metric: string;
  period_sk: string;
  at: string;
  quantity: string;
  mode: RecordedEvent['mode'];
  properties: RecordedEvent['properties'];
  user_id: string;
  request_id: string;
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
  return chunked(({ id = '' }: Partial<EventRow>) =>
    transaction.query<EventRow>(
      `select id, fingerprint, metric, period_sk, at, quantity, mode, properties, user_id, request_id, recorded_at
       from landlord.usage_event where tenant_code = $1 and id > $2 order by tenant_code, id limit ${CHUNK_ROWS}`,
      [tenantCode, id],
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

function eventFromRow(row: EventRow): RecordedEvent {
  return {
    id: row.id,
    fingerprint: row.fingerprint,
    metric: row.metric,
    periodSk: row.period_sk,
    at: row.at,
    quantity: row.quantity,
    mode: row.mode,
    properties: row.properties,
    userId: row.user_id,
    requestId: row.request_id,
    recordedAt: row.recorded_at,
  };
}
