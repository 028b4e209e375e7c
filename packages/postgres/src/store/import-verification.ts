import {
  AUDIT_BEGIN,
  type AuditReader,
  type CommandRecord,
  type ImportOutcome,
  type Item,
  type JsonObject,
  replayOne,
  SYSTEM_SCOPE,
  sameJson,
  tenantPk,
  verifyAudit,
} from '@landlord/kernel';
import { chainEntries, chainHead, countUnchained, knownStates } from './audit.js';
import { type Reader, type Transaction } from './database.js';
import { queryItems } from './queries.js';
import { COMMAND_COLUMNS, type CommandRow, commandFromRow } from './rows.js';

const CHUNK_ROWS = 200;
const EVERYTHING = Number.MAX_SAFE_INTEGER;

type Inconsistency = Extract<ImportOutcome, { status: 'inconsistent' }>;

/** What was put in is read again: the chain, each state against its last command, and the way there. Null when all is well. */
export async function verifyImported(
  transaction: Transaction,
  tenantCode: string,
): Promise<Inconsistency | null> {
  await transaction.readByIndex();
  const task = { scope: SYSTEM_SCOPE, tenantCode, place: AUDIT_BEGIN, limit: EVERYTHING };
  const { difference } = await verifyAudit(readerOf(transaction), task);
  if (difference) {
    const { sequence, key, message } = difference;
    return { status: 'inconsistent', sequence, key, message };
  }
  return verifyWay(transaction, tenantCode);
}

/** Reads inside of the transaction; the scope is the transaction's own. */
function readerOf(transaction: Transaction): AuditReader {
  const reader: Reader = { read: (_scope, sql, parameters) => transaction.query(sql, parameters) };
  return {
    auditChain: (scope, query) => chainEntries(reader, scope, query),
    auditHead: (scope, tenantCode) => chainHead(reader, scope, tenantCode),
    countUnchained: (scope, tenantCode) => countUnchained(reader, scope, tenantCode),
    knownStates: (scope, query) => knownStates(reader, scope, query),
    query: (scope, query) => queryItems(reader, scope, query),
  };
}

/** Each command must lead from the version before to the state it claims, as when it was carried out. */
async function verifyWay(transaction: Transaction, tenantCode: string): Promise<Inconsistency | null> {
  let current: Item | null = null;
  let after: CommandRecord | null = null;
  for (;;) {
    const records = await recordsAfter(transaction, tenantPk(tenantCode), after);
    if (records.length === 0) return null;
    for (const record of records) {
      const before: Item | null = current?.sk === record.sk ? current : null;
      current = stepFrom(before, record);
      if (!current) return wrongStep(record);
    }
    after = records.at(-1) ?? null;
  }
}

/** The command comes from outside: whatever `evolve` makes of it, it is the command that is wrong. */
function stepFrom(before: Item | null, record: CommandRecord): Item | null {
  try {
    const item = replayOne(before, record);
    return sameJson(asJson(item), asJson(record.item)) ? item : null;
  } catch {
    return null;
  }
}

function wrongStep({ pk, sk, version, link }: CommandRecord): Inconsistency {
  const message = `the command does not lead from version ${version - 1} to the state that it claims for ${version}`;
  return { status: 'inconsistent', sequence: link?.sequence ?? null, key: { pk, sk }, message };
}

function asJson(item: Item): JsonObject {
  return item as unknown as JsonObject;
}

async function recordsAfter(
  transaction: Transaction,
  pk: string,
  after: CommandRecord | null,
): Promise<CommandRecord[]> {
  const rows = await transaction.query<CommandRow>(
    `select ${COMMAND_COLUMNS} from landlord.command where pk = $1 and (sk, version) > ($2, $3)
     order by pk, sk, version limit ${CHUNK_ROWS}`,
    [pk, after?.sk ?? '', after?.version ?? 0],
  );
  return rows.map(commandFromRow);
}
