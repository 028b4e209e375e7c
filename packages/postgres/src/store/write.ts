import { type Command, type Item, type Origin } from '@landlord/kernel';
import { type Transaction } from './database.js';
import { rowFromItem } from './rows.js';

/** A command that changes an item, with the state it leads to. */
export interface Step {
  readonly command: Command;
  readonly item: Item;
  readonly origin: Origin;
}

const WRITE = `
  with step as materialized (
    select s.command, s.kind, s.user_id as by_user, s.request_id as by_request, s.source as by_source, s.ip, s.at, s.item_json, i.*
    from jsonb_to_recordset($1::jsonb) as s(
      command jsonb, kind text, user_id text, request_id text, source text, ip text, at timestamptz, item_json jsonb, row jsonb),
      jsonb_populate_record(null::landlord.item, s.row) as i
  ), logged as (
    insert into landlord.command (pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, ip, at)
    select pk, sk, version, kind, tenant_code, type, command, item_json, by_user, by_request, by_source, ip, at from step
    order by pk, sk
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

/**
 * Logs the commands, announces the changes and stores the new states, in one statement.
 * The log's primary key (pk, sk, version) makes two writers of one version impossible.
 */
export async function writeSteps(transaction: Transaction, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  await transaction.query(WRITE, [JSON.stringify(steps.map(stepRow))]);
}

function stepRow({ command, item, origin }: Step) {
  return {
    command,
    kind: command.kind,
    user_id: origin.userId,
    request_id: origin.requestId,
    source: origin.source,
    ip: origin.ip,
    at: origin.at,
    item_json: item,
    row: rowFromItem(item),
  };
}
