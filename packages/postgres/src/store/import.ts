import { type ImportOutcome, type TenantRow, tenantScope } from '@landlord/kernel';
import { DatabaseError } from 'pg';
import { type Database, STREAM_IDLE_TIMEOUT_MS, type Transaction } from './database.js';
import { verifyImported } from './import-verification.js';
import { rowFromItem } from './rows.js';

const BATCH_ROWS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
const UNIQUE_VIOLATION = '23505';

/** Takes a new tenant's code by its head, which another import or a provisioning of the same tenant waits for. */
const TAKE_CODE = `insert into landlord.audit_chain (tenant_code, sequence, hash, unchained, sealed)
  select $1, $2::bigint, decode($3, 'hex'), $4, case when $5 then $2::bigint end
  where not exists (select from landlord.item where tenant_code = $1)
    and not exists (select from landlord.command where tenant_code = $1)
    and not exists (select from landlord.usage_event where tenant_code = $1)
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
  event: `insert into landlord.usage_event
    select r.* from jsonb_populate_recordset(null::landlord.usage_event, $1::jsonb) as r`,
  sighting: `insert into landlord.usage_sighting
    select r.* from jsonb_populate_recordset(null::landlord.usage_sighting, $1::jsonb) as r`,
} as const;

type BatchKind = keyof typeof INSERTS;

/**
 * One transaction in the scope of the new tenant, so that row security refuses a row of anybody else. It is verified
 * as it then stands, before it commits. The rows come once, so it is not tried again.
 */
export async function importTenant(
  database: Database,
  tenantCode: string,
  rows: AsyncIterable<TenantRow>,
): Promise<ImportOutcome> {
  try {
    return await database.transaction<ImportOutcome>(
      tenantScope(tenantCode),
      async (transaction, rollback) => {
        await transaction.query(`set local idle_in_transaction_session_timeout = ${STREAM_IDLE_TIMEOUT_MS}`);
        if (!(await takeAll(transaction, tenantCode, rows))) return rollback({ status: 'exists' });
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
  tenantCode: string,
  rows: AsyncIterable<TenantRow>,
): Promise<boolean> {
  const batch = new Batch(transaction, tenantCode);
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
  private texts: string[] = [];
  private bytes = 0;

  constructor(
    private readonly transaction: Transaction,
    private readonly tenantCode: string,
  ) {}

  async add(row: Exclude<TenantRow, { kind: 'head' }>): Promise<void> {
    if (row.kind !== this.kind) await this.flush();
    this.kind = row.kind;
    const text = JSON.stringify(columnsOf(row, this.tenantCode));
    this.texts.push(text);
    this.bytes += text.length;
    if (this.texts.length >= BATCH_ROWS || this.bytes >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const { texts } = this;
    this.texts = [];
    this.bytes = 0;
    if (texts.length > 0) await this.transaction.query(INSERTS[this.kind], [`[${texts.join()}]`]);
  }
}

function columnsOf(row: Exclude<TenantRow, { kind: 'head' }>, tenantCode: string): object {
  switch (row.kind) {
    case 'item':
      return rowFromItem(row.item);
    case 'command':
      return commandColumns(row.command);
    case 'removed':
      return { tenant_code: tenantCode, ...linkColumns(row.link) };
    case 'event':
      return { tenant_code: tenantCode, ...eventColumns(row.event) };
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

function eventColumns(event: Extract<TenantRow, { kind: 'event' }>['event']) {
  const { id, fingerprint, metric, periodSk, at, quantity, mode, properties } = event;
  return {
    id,
    fingerprint,
    metric,
    period_sk: periodSk,
    at,
    quantity,
    mode,
    properties,
    user_id: event.userId,
    request_id: event.requestId,
    recorded_at: event.recordedAt,
  };
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
