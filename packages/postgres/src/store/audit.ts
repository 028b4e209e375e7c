import {
  type ChainEntry,
  type ChainHead,
  type CommandRecord,
  type Item,
  type JsonValue,
  type KnownState,
  type Page,
  type PageRequest,
  type Scope,
} from '@landlord/kernel';
import { CHAIN_HEAD_COLUMNS, type ChainHeadRow, chainHeadFromRow } from './chain.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { type Reader, type Row } from './database.js';
import { boundedLimit, page } from './queries.js';
import {
  COMMAND_COLUMNS,
  type CommandRow,
  commandFromRow,
  ITEM_COLUMNS,
  type ItemRow,
  itemFromRow,
} from './rows.js';

const PAGEWISE = { byIndex: true };

export async function chainEntries(
  database: Reader,
  scope: Scope,
  { tenantCode, afterSequence, limit }: { tenantCode: string; afterSequence: number; limit: number },
): Promise<readonly ChainEntry[]> {
  const parameters = [tenantCode, afterSequence, boundedLimit(limit)];
  const [commands, removed] = await Promise.all([
    database.read<CommandRow>(scope, CHAINED, parameters, PAGEWISE),
    database.read<RemovedRow>(scope, REMOVED, parameters, PAGEWISE),
  ]);
  const entries = [...commands.map(commandFromRow).map(entryOf), ...removed.map(removedEntry)];
  return entries.sort((left, right) => left.sequence - right.sequence).slice(0, limit);
}

export const CHAINED = `select ${COMMAND_COLUMNS} from landlord.command
  where tenant_code = $1 and sequence > $2 order by tenant_code, sequence limit $3`;

export const REMOVED = `select sequence, encode(content_hash, 'hex') as content_hash, encode(chain_hash, 'hex') as chain_hash
  from landlord.audit_removed where tenant_code = $1 and sequence > $2 order by tenant_code, sequence limit $3`;

export interface RemovedRow extends Row {
  sequence: number;
  content_hash: string;
  chain_hash: string;
}

function removedEntry({ sequence, content_hash, chain_hash }: RemovedRow): ChainEntry {
  return { sequence, contentHash: content_hash, hash: chain_hash, record: null };
}

function entryOf(record: CommandRecord): ChainEntry {
  if (!record.link) throw new Error('a command read by its sequence has one');
  return { ...record.link, record };
}

export async function chainHead(
  database: Reader,
  scope: Scope,
  tenantCode: string,
): Promise<ChainHead | null> {
  const [row] = await database.read<ChainHeadRow>(
    scope,
    `select ${CHAIN_HEAD_COLUMNS} from landlord.audit_chain where tenant_code = $1`,
    [tenantCode],
  );
  return row ? chainHeadFromRow(row) : null;
}

export async function chainHeads(
  database: Reader,
  scope: Scope,
  { limit, cursor }: PageRequest,
): Promise<Page<ChainHead>> {
  const binding: JsonValue = ['chain-heads'];
  const [after = ''] = decodeCursor(binding, cursor, 1) ?? [];
  const rows = await database.read<ChainHeadRow>(
    scope,
    `select ${CHAIN_HEAD_COLUMNS} from landlord.audit_chain where tenant_code > $1 order by tenant_code limit $2`,
    [after, boundedLimit(limit) + 1],
  );
  return page(rows, limit, chainHeadFromRow, (row) => encodeCursor(binding, [row.tenant_code]));
}

export async function countUnchained(database: Reader, scope: Scope, tenantCode: string): Promise<number> {
  const [row] = await database.read<{ count: number }>(
    scope,
    'select count(*) as count from landlord.command where tenant_code = $1 and sequence is null',
    [tenantCode],
  );
  return row?.count ?? 0;
}

interface StateRow extends Row {
  pk: string;
  sk: string;
  item: ItemRow | null;
  last: CommandRow | null;
}

/** Keys from both sides, so that neither a state without a command nor a command without its state is passed over. */
const KNOWN_KEYS = `
  select pk, sk from (
    (select pk, sk from landlord.item where tenant_code = $1 and (pk, sk) > ($2, $3) order by tenant_code, pk, sk limit $4)
    union
    (select pk, sk from landlord.command
     where tenant_code = $1 and version = 1 and (pk, sk) > ($2, $3) order by tenant_code, pk, sk limit $4)
  ) as side order by pk, sk limit $4`;

const KNOWN_STATES = `
  select key.pk, key.sk, item.as_json as item, last.as_json as last
  from (${KNOWN_KEYS}) as key
  left join lateral (
    select row_to_json(row) as as_json from (
      select ${ITEM_COLUMNS} from landlord.item where pk = key.pk and sk = key.sk) as row
  ) as item on true
  left join lateral (
    select row_to_json(row) as as_json from (
      select ${COMMAND_COLUMNS} from landlord.command where pk = key.pk and sk = key.sk order by version desc limit 1) as row
  ) as last on true
  order by key.pk, key.sk`;

export async function knownStates(
  database: Reader,
  scope: Scope,
  { tenantCode, limit, cursor }: PageRequest & { tenantCode: string },
): Promise<Page<KnownState>> {
  const binding: JsonValue = ['known-states', tenantCode];
  const [pk = '', sk = ''] = decodeCursor(binding, cursor, 2) ?? [];
  const parameters = [tenantCode, pk, sk, boundedLimit(limit) + 1];
  const rows = await database.read<StateRow>(scope, KNOWN_STATES, parameters, PAGEWISE);
  return page(rows, limit, stateFromRow, (row) => encodeCursor(binding, [row.pk, row.sk]));
}

function stateFromRow({ pk, sk, item, last }: StateRow): KnownState {
  const record = last && commandFromRow(last);
  return {
    pk,
    sk,
    item: item && canonicalItem(itemFromRow(item)),
    last: record && { ...record, at: instant(record.at) },
  };
}

/** Instants inside of JSON keep the server's spelling. */
function canonicalItem(item: Item): Item {
  const { dueAt, createdAt, updatedAt } = item;
  return {
    ...item,
    dueAt: dueAt === null ? null : instant(dueAt),
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
  };
}

function instant(text: string): string {
  return new Date(text).toISOString();
}
