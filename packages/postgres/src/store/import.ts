import {
  canonicalJson,
  type ImportOutcome,
  type KeptId,
  type MeterEffect,
  type RecordedEvent,
  type TenantRow,
  tenantScope,
} from '@landlord/kernel';
import { DatabaseError } from 'pg';
import { type Database, STREAM_IDLE_TIMEOUT_MS, type Transaction } from './database.js';
import { verifyImported } from './import-verification.js';
import { isPlain } from './meter-events.js';
import { dimensionsHash } from './meter-hours.js';
import { idHash } from './meter-ids.js';
import { rowFromItem } from './rows.js';
import { type PostgresUsageLog } from './usage-log.js';

const BATCH_ROWS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
const UNIQUE_VIOLATION = '23505';

/** Takes a new tenant's code by its head, which another import or a provisioning of the same tenant waits for. */
const TAKE_CODE = `insert into landlord.audit_chain (tenant_code, sequence, hash, unchained, sealed)
  select $1, $2::bigint, decode($3, 'hex'), $4, case when $5 then $2::bigint end
  where not exists (select from landlord.item where tenant_code = $1)
    and not exists (select from landlord.command where tenant_code = $1)
    and not exists (select from landlord.usage_event where tenant_code = $1)
    and not exists (select from landlord.usage_hour where tenant_code = $1)
    and not exists (select from landlord.idempotency where tenant_code = $1)
  on conflict do nothing returning tenant_code`;

const INSERTS = {
  item: `insert into landlord.item select r.* from jsonb_populate_recordset(null::landlord.item, $1::jsonb) as r`,
  command: `insert into landlord.command (pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, ip, at,
      sequence, content_hash, chain_hash, is_redacted)
    select pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, ip, at,
      sequence, decode(content_hash, 'hex'), decode(chain_hash, 'hex'), is_redacted
    from jsonb_array_elements($1::jsonb) with ordinality as line(json, number), jsonb_to_record(line.json) as c(pk text, sk text,
      version bigint, kind text, tenant_code text, type text, input jsonb, item jsonb, user_id text, request_id text, source text,
      ip text, at timestamptz, sequence bigint, content_hash text, chain_hash text, is_redacted boolean)
    order by line.number`,
  removed: `insert into landlord.audit_removed (tenant_code, sequence, content_hash, chain_hash)
    select tenant_code, sequence, decode(content_hash, 'hex'), decode(chain_hash, 'hex')
    from jsonb_to_recordset($1::jsonb) as r(tenant_code text, sequence bigint, content_hash text, chain_hash text)`,
  event: `with event as (
      select e.* from jsonb_to_recordset($1::jsonb) as e(tenant_code text, id text, fingerprint text, metric text, period_sk text,
        at timestamptz, hour timestamptz, quantity numeric, mode text, properties jsonb, readings jsonb, pooled_with text[], user_id text,
        request_id text, recorded_at timestamptz, id_hash text, generation bigint)
    ), known as (
      insert into landlord.usage_event_id (generation, recorded_at, id_hash, fingerprint, tenant_code)
      select generation, recorded_at, decode(id_hash, 'hex'), decode(fingerprint, 'hex'), tenant_code from event
    )
    insert into landlord.usage_event (tenant_code, id, fingerprint, metric, period_sk, at, hour, quantity, mode, properties,
      readings, pooled_with, user_id, request_id, recorded_at)
    select tenant_code, id, decode(fingerprint, 'hex'), metric, period_sk, at, hour, quantity, mode, properties,
      readings, pooled_with, user_id, request_id, recorded_at from event`,
  eventId: `insert into landlord.usage_event_id (generation, recorded_at, id_hash, fingerprint, tenant_code)
    select generation, recorded_at, decode(id_hash, 'hex'), decode(fingerprint, 'hex'), tenant_code
    from jsonb_to_recordset($1::jsonb) as i(generation bigint, recorded_at timestamptz, id_hash text, fingerprint text, tenant_code text)`,
  hour: `insert into landlord.usage_hour (tenant_code, metric, hour, dimensions_hash, dimensions, quantity, count)
    select tenant_code, metric, hour, decode(dimensions_hash, 'hex'), dimensions, quantity, count
    from jsonb_to_recordset($1::jsonb) as h(tenant_code text, metric text, hour timestamptz, dimensions_hash text, dimensions jsonb,
      quantity numeric, count bigint)`,
  sighting: `insert into landlord.usage_sighting
    select r.* from jsonb_populate_recordset(null::landlord.usage_sighting, $1::jsonb) as r`,
} as const;

/** Nothing of the batch has one. */
const NO_GENERATION = -1;

type BatchKind = keyof typeof INSERTS;
type BatchRow = Exclude<TenantRow, { kind: 'head' }>;

export interface ImportTask {
  readonly tenantCode: string;
  readonly rows: AsyncIterable<TenantRow>;
  readonly usageLog: PostgresUsageLog;
}

/**
 * One transaction in the scope of the new tenant, so that row security refuses a row of anybody else. It is verified
 * as it then stands, before it commits. The rows come once, so it is not tried again.
 */
export async function importTenant(
  database: Database,
  { tenantCode, rows, usageLog }: ImportTask,
): Promise<ImportOutcome> {
  try {
    return await database.transaction<ImportOutcome>(
      tenantScope(tenantCode),
      async (transaction, rollback) => {
        await transaction.query(`set local idle_in_transaction_session_timeout = ${STREAM_IDLE_TIMEOUT_MS}`);
        const batch = new Batch(transaction, { tenantCode, usageLog });
        if (!(await takeAll(transaction, batch, rows))) return rollback({ status: 'exists' });
        const inconsistency = await verifyImported(transaction, tenantCode);
        return inconsistency ? rollback(inconsistency) : { status: 'imported' };
      },
    );
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return duplicate(error);
    throw error;
  }
}

/** False when the code is taken. */
async function takeAll(
  transaction: Transaction,
  batch: Batch,
  rows: AsyncIterable<TenantRow>,
): Promise<boolean> {
  for await (const row of rows) {
    if (row.kind !== 'head') await batch.add(row);
    else if (!(await takeCode(transaction, row.head))) return false;
  }
  await batch.flush();
  return true;
}

async function takeCode(
  transaction: Transaction,
  head: Extract<TenantRow, { kind: 'head' }>['head'],
): Promise<boolean> {
  const { tenantCode, sequence, hash, unchained, isSealed } = head;
  const taken = await transaction.query(TAKE_CODE, [tenantCode, sequence, hash, unchained, isSealed]);
  return taken.length === 1;
}

/** Rows of one kind, written together. */
class Batch {
  private kind: BatchKind = 'item';
  private rows: BatchRow[] = [];
  private bytes = 0;

  constructor(
    private readonly transaction: Transaction,
    private readonly into: Pick<ImportTask, 'tenantCode' | 'usageLog'>,
  ) {}

  async add(row: BatchRow): Promise<void> {
    if (row.kind !== this.kind) await this.flush();
    this.kind = row.kind;
    this.rows.push(row);
    this.bytes += JSON.stringify(row).length;
    if (this.rows.length >= BATCH_ROWS || this.bytes >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const { rows } = this;
    this.rows = [];
    this.bytes = 0;
    if (rows.length === 0) return;
    const generation = await this.generationFor(rows);
    const into = { tenantCode: this.into.tenantCode, generation };
    const columns = rows.map((row) => columnsOf(row, into));
    await this.transaction.query(INSERTS[this.kind], [JSON.stringify(columns)]);
  }

  /** Tables for them are made by others than this transaction, which must not hold on to the whole. */
  private async generationFor(rows: readonly BatchRow[]): Promise<number> {
    const instants = rows.flatMap((row) => (row.kind === 'event' ? [row.event.recordedAt] : []));
    const ids = rows.flatMap((row) => (row.kind === 'eventId' ? [row.eventId.recordedAt] : []));
    const [now] = [...instants, ...ids];
    return now === undefined ? NO_GENERATION : (await this.into.usageLog.space.ready(instants, now)).open;
  }
}

function columnsOf(row: BatchRow, into: { tenantCode: string; generation: number }): object {
  const { tenantCode } = into;
  switch (row.kind) {
    case 'item':
      return rowFromItem(row.item);
    case 'command':
      return commandColumns(row.command);
    case 'removed':
      return { tenant_code: tenantCode, ...linkColumns(row.link) };
    case 'event':
      return { ...eventColumns(row.event, tenantCode), generation: into.generation };
    case 'eventId':
      return { tenant_code: tenantCode, ...idColumns(row.eventId), generation: into.generation };
    case 'hour':
      return { tenant_code: tenantCode, ...hourColumns(row.hour) };
    case 'sighting':
      return { tenant_code: tenantCode, ...sightingColumns(row.sighting) };
  }
}

function commandColumns(command: Extract<TenantRow, { kind: 'command' }>['command']) {
  const { pk, sk, version, kind, tenantCode, type, input, item, userId, requestId, source, ip, at } = command;
  return {
    pk,
    sk,
    version,
    kind,
    tenant_code: tenantCode,
    type,
    input,
    item,
    user_id: userId,
    request_id: requestId,
    source,
    ip,
    at,
    is_redacted: command.isRedacted,
    ...(command.link ? linkColumns(command.link) : {}),
  };
}

function linkColumns({
  sequence,
  contentHash,
  hash,
}: {
  sequence: number;
  contentHash: string;
  hash: string;
}) {
  return { sequence, content_hash: contentHash, chain_hash: hash };
}

function eventColumns(event: RecordedEvent, tenantCode: string) {
  const { id, fingerprint, metric, periodSk, at, hour, quantity, mode, properties, pooledWith } = event;
  return {
    tenant_code: tenantCode,
    id,
    id_hash: idHash(tenantCode, id).toString('hex'),
    fingerprint,
    metric,
    period_sk: periodSk,
    at,
    hour,
    quantity,
    mode,
    properties,
    readings: isPlain(event) ? null : event.readings,
    pooled_with: pooledWith.length === 0 ? null : pooledWith,
    user_id: event.userId,
    request_id: event.requestId,
    recorded_at: event.recordedAt,
  };
}

function idColumns({ idHash: id_hash, fingerprint, recordedAt }: KeptId) {
  return { id_hash, fingerprint, recorded_at: recordedAt };
}

function hourColumns({ metric, hour, dimensions, quantity, count }: MeterEffect) {
  const dimensions_hash = dimensionsHash(canonicalJson(dimensions));
  return { metric, hour, dimensions, dimensions_hash, quantity, count };
}

function sightingColumns(sighting: Extract<TenantRow, { kind: 'sighting' }>['sighting']) {
  const { metric, value, periodSk, isCarried } = sighting;
  return { metric, value, period_sk: periodSk, is_carried: isCarried };
}

/** Twice in the file; a tenant that is provisioned at the same moment waits for the head. */
function duplicate({ constraint = 'a key' }: DatabaseError): ImportOutcome {
  const message = `a row stands there twice (${constraint})`;
  return { status: 'inconsistent', sequence: null, key: null, message };
}
