import { CHAIN_START, type ChainHead, compareText } from '@landlord/kernel';
import { type Row, type Transaction } from './database.js';

const INSERT_MISSING = `insert into landlord.audit_chain (tenant_code, sequence, hash)
  select tenant_code, ${CHAIN_START.sequence}, decode('${CHAIN_START.hash}', 'hex') from unnest($1::text[]) as tenant_code
  order by tenant_code on conflict do nothing`;

/** Each head is looked up by itself: a plan for all of them, made when tenants were few, would go through every tenant. */
const HEAD = `head as materialized (
    select chain.tenant_code, chain.sequence, chain.hash
    from (select distinct tenant_code from step order by tenant_code) as concerned
    cross join lateral (
      select tenant_code, sequence, hash from landlord.audit_chain
      where audit_chain.tenant_code = concerned.tenant_code for update
    ) as chain
  )`;

const FIRST_LINK = `
    select step.tenant_code, step.ordinal, head.sequence + 1 as sequence,
      sha256(head.hash || int8send(head.sequence + 1) || step.content_hash) as chain_hash
    from step left join head using (tenant_code) where step.ordinal = 1`;

const FURTHER_LINKS = `
    union all
    select step.tenant_code, step.ordinal, link.sequence + 1,
      sha256(link.chain_hash || int8send(link.sequence + 1) || step.content_hash)
    from link join step on step.tenant_code = link.tenant_code and step.ordinal = link.ordinal + 1`;

const MOVED = `moved as (
    update landlord.audit_chain as chain set sequence = last.sequence, hash = last.chain_hash
    from (select distinct on (tenant_code) tenant_code, sequence, chain_hash from link order by tenant_code, ordinal desc) as last
    where chain.tenant_code = last.tenant_code
  )`;

/**
 * Part of the statement that writes `step` (tenant_code, ordinal from 1 per tenant, content_hash): locks the heads of
 * the chains in the order of tenants, makes the links (as `linkHashOf` of the kernel does), and moves the heads on.
 *
 * Heads are the last locks of a transaction, taken in one order and held for this statement and the commit only;
 * so transactions that touch several tenants cannot wait for each other in a circle, and writers of one tenant
 * wait no longer than they must.
 */
export const CHAIN_ONE_EACH = `${HEAD}, link as (${FIRST_LINK}), ${MOVED}`;

/** The same for steps of which several are on one tenant. */
export const CHAIN_SEVERAL = `${HEAD}, link as (${FIRST_LINK} ${FURTHER_LINKS}), ${MOVED}`;

/** New tenants get the start of a chain; heads are never deleted. */
export function ensureHeads(transaction: Transaction, tenantCodes: Iterable<string>): void {
  transaction.atCommit(INSERT_MISSING, [[...new Set(tenantCodes)].sort(compareText)]);
}

export interface ChainHeadRow extends Row {
  tenant_code: string;
  sequence: number;
  hash: string;
  unchained: number;
  is_sealed: boolean;
}

export const CHAIN_HEAD_COLUMNS = `tenant_code, sequence, encode(hash, 'hex') as hash, unchained, sealed is not null as is_sealed`;

export function chainHeadFromRow(row: ChainHeadRow): ChainHead {
  const { tenant_code, sequence, hash, unchained, is_sealed } = row;
  return { tenantCode: tenant_code, sequence, hash, unchained, isSealed: is_sealed };
}
