import { type Command, contentHashOf, type Item, type Origin } from '@landlord/kernel';
import { CHAIN_ONE_EACH, CHAIN_SEVERAL, ensureHeads } from './chain.js';
import { type Transaction } from './database.js';
import { rowFromItem } from './rows.js';

/** A command that changes an item, with the state it leads to. */
export interface Step {
  readonly command: Command;
  readonly item: Item;
  readonly origin: Origin;
}

const writing = (chain: string) => `
  with recursive step as materialized (
    select s.command, s.kind, s.user_id as by_user, s.request_id as by_request, s.source as by_source, s.ip, s.at, s.item_json,
      s.ordinal, decode(s.content_hash, 'hex') as content_hash, i.*
    from jsonb_to_recordset($1::jsonb) as s(
      command jsonb, kind text, user_id text, request_id text, source text, ip text, at timestamptz, item_json jsonb,
      ordinal bigint, content_hash text, row jsonb),
      jsonb_populate_record(null::landlord.item, s.row) as i
  ), ${chain}, logged as (
    insert into landlord.command (pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, ip, at,
      sequence, content_hash, chain_hash)
    select pk, sk, version, kind, tenant_code, type, command, item_json, by_user, by_request, by_source, ip, at,
      sequence, content_hash, chain_hash
    from step join link using (tenant_code, ordinal) order by ordinal, pk, sk
  ), announced as (
    insert into landlord.feed_item as feed (pk, sk, tenant_code, delivered_version, latest_version)
    select pk, sk, tenant_code, version - 1, version from step order by pk, sk
    on conflict (pk, sk) do update set latest_version = excluded.latest_version
  )
  insert into landlord.item as stored
    (pk, sk, version, tenant_code, type, code, name, attributes, is_deleted, due_at,
     created_at, created_by, updated_at, updated_by, request_id, source)
  select pk, sk, version, tenant_code, type, code, name, attributes, is_deleted, due_at,
     created_at, created_by, updated_at, updated_by, request_id, source
  from step order by pk, sk
  on conflict (pk, sk) do update set
    version = excluded.version, tenant_code = excluded.tenant_code, type = excluded.type, code = excluded.code,
    name = excluded.name, attributes = excluded.attributes, is_deleted = excluded.is_deleted, due_at = excluded.due_at,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by, request_id = excluded.request_id,
    source = excluded.source`;

const WRITE_ONE_EACH = writing(CHAIN_ONE_EACH);
const WRITE_SEVERAL = writing(CHAIN_SEVERAL);

/**
 * Logs the commands, chains them, announces the changes and stores the new states, in one statement that goes out
 * with the commit. The log's primary key (pk, sk, version) makes two writers of one version impossible.
 */
export function writeSteps(transaction: Transaction, steps: readonly Step[]): void {
  if (steps.length === 0) return;
  // What had a version before had a command before, and with it its tenant has a chain.
  const begun = steps.filter(({ item }) => item.version === 1);
  if (begun.length > 0) {
    ensureHeads(
      transaction,
      begun.map(({ item }) => item.tenantCode),
    );
  }
  const ordinals = new Map<string, number>();
  const rows = steps.map((step) => {
    const ordinal = (ordinals.get(step.item.tenantCode) ?? 0) + 1;
    ordinals.set(step.item.tenantCode, ordinal);
    return stepRow(step, ordinal);
  });
  const isOneEach = ordinals.size === steps.length;
  transaction.atCommit(isOneEach ? WRITE_ONE_EACH : WRITE_SEVERAL, [JSON.stringify(rows)]);
}

/** `ordinal`: its place among the commands on the same tenant, from 1. */
function stepRow({ command, item, origin }: Step, ordinal: number) {
  const { userId, requestId, source, ip, at } = origin;
  const { pk, sk, version, tenantCode, type } = item;
  const { kind } = command;
  const said = { pk, sk, version, kind, tenantCode, type, userId, requestId, source, ip, at };
  return {
    command,
    kind,
    user_id: userId,
    request_id: requestId,
    source,
    ip,
    at,
    item_json: item,
    ordinal,
    content_hash: contentHashOf({ ...said, input: command, item }),
    row: rowFromItem(item),
  };
}
