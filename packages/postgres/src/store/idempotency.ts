import {
  type CommitResult,
  type IdempotencyClaim,
  type IdempotencyRecord,
  type JsonValue,
  type Scope,
} from '@landlord/kernel';
import { type Row, type Transaction } from './database.js';

export interface IdempotencyRow extends Row {
  owner: string;
  key: string;
  fingerprint: string;
  result: JsonValue;
  created_at: string;
}

/** Rows of operators acting for no tenant are kept under this code, which no tenant can have. */
export const SYSTEM_OWNER = 'system';

export function ownerTenant(scope: Scope): string {
  return scope.kind === 'tenant' ? scope.tenantCode : SYSTEM_OWNER;
}

/**
 * Takes the key for this transaction; a parallel holder is waited for. Null when it was free,
 * otherwise what became of it before.
 */
export async function claimKey(
  transaction: Transaction,
  unitScope: Scope,
  claim: IdempotencyClaim,
  at: string,
): Promise<Extract<CommitResult, { status: 'replayed' | 'idempotency_mismatch' }> | null> {
  const { scope = unitScope } = claim;
  const inserted = await transaction.query(
    `insert into landlord.idempotency (tenant_code, owner, key, fingerprint, created_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing returning key`,
    [ownerTenant(scope), claim.owner, claim.key, claim.fingerprint, at],
  );
  if (inserted.length === 1) return null;
  const [earlier] = await transaction.query<IdempotencyRow>(FIND, [
    ownerTenant(scope),
    claim.owner,
    claim.key,
  ]);
  if (!earlier) throw new Error('an idempotency key vanished while it was being claimed');
  if (earlier.fingerprint !== claim.fingerprint) return { status: 'idempotency_mismatch' };
  return { status: 'replayed', result: earlier.result };
}

/** Written together with the commit. */
export function keepResult(
  transaction: Transaction,
  unitScope: Scope,
  claim: IdempotencyClaim,
  result: JsonValue,
): void {
  const { scope = unitScope } = claim;
  transaction.atCommit(
    'update landlord.idempotency set result = $4::json where tenant_code = $1 and owner = $2 and key = $3',
    [ownerTenant(scope), claim.owner, claim.key, JSON.stringify(result)],
  );
}

export const FIND = `select owner, key, fingerprint, result, created_at from landlord.idempotency
  where tenant_code = $1 and owner = $2 and key = $3`;

export function recordFromRow(row: IdempotencyRow): IdempotencyRecord {
  return { fingerprint: row.fingerprint, result: row.result, createdAt: row.created_at };
}

export const FIND_MANY = `select i.tenant_code, i.owner, i.key, i.fingerprint, i.result, i.created_at
  from landlord.idempotency i
  join unnest($1::text[], $2::text[], $3::text[]) as w(tenant_code, owner, key) using (tenant_code, owner, key)`;

/** Written together with the commit. */
export function insertResults(
  transaction: Transaction,
  results: readonly { tenantCode: string; claim: IdempotencyClaim; result: JsonValue; at: string }[],
): void {
  if (results.length === 0) return;
  transaction.atCommit(
    `insert into landlord.idempotency (tenant_code, owner, key, fingerprint, result, created_at)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::json[], $6::timestamptz[])`,
    [
      results.map(({ tenantCode }) => tenantCode),
      results.map(({ claim }) => claim.owner),
      results.map(({ claim }) => claim.key),
      results.map(({ claim }) => claim.fingerprint),
      results.map(({ result }) => JSON.stringify(result)),
      results.map(({ at }) => at),
    ],
  );
}
