import { describe, expect, it } from 'vitest';
import { CHAIN_START, contentHashOf, linkHashOf } from '../core/audit-chain.js';
import { AUDIT_BEGIN, type AuditPart, type NotedHead, verifyAudit } from '../core/audit-verification.js';
import { type ChainEntry, type Store, SYSTEM_SCOPE, tenantScope } from '../core/store.js';
import { everyPage } from './contract-queries.js';
import { commit, committed, full, increment } from './fixtures.js';
import { type GetStores, type Tampering } from './store-contract.js';

async function chainOf(store: Store, tenantCode: string): Promise<ChainEntry[]> {
  const entries: ChainEntry[] = [];
  for (;;) {
    const query = { tenantCode, afterSequence: entries.length, limit: 7 };
    const page = await store.auditChain(SYSTEM_SCOPE, query);
    entries.push(...page);
    if (page.length < 7) return entries;
  }
}

/** Verifies to the end, in parts as small as may be. */
async function verified(store: Store, tenantCode: string, noted?: NotedHead): Promise<AuditPart> {
  let place = AUDIT_BEGIN;
  for (;;) {
    const part = await verifyAudit(store, { scope: SYSTEM_SCOPE, tenantCode, place, limit: 1, noted });
    if (!part.next) return part;
    place = part.next;
  }
}

/** A tenant of its own with five links. */
async function chained(store: Store, tenantCode: string): Promise<void> {
  await committed(store, [full(tenantCode, 'A#1', { attributes: { n: 0 } }), full(tenantCode, 'A#2')]);
  for (let round = 0; round < 3; round += 1) {
    await committed(store, [increment(tenantCode, 'A#1', { n: '0.1' })]);
  }
}

const TAMPERINGS: [Tampering, number, object][] = [
  ['content', 2, { flaw: 'content', sequence: 2, key: { pk: 'TENANT#{tenant}', sk: 'A#2' }, version: 1 }],
  ['link', 4, { flaw: 'link', sequence: 4, version: 3 }],
  ['remove', 3, { flaw: 'gap', sequence: 3 }],
  ['remove', 5, { flaw: 'head', sequence: 4 }],
  ['head', 5, { flaw: 'head', sequence: 5 }],
  ['insert', 5, { flaw: 'unchained', sequence: null }],
];

export function describeAuditChain(get: GetStores): void {
  describe('audit chain', () => {
    it('links every command of a tenant, in the order of a unit of work', async () => {
      await chained(get().store, 'chain');
      const entries = await chainOf(get().store, 'chain');
      expect(entries.map(({ sequence, record }) => [sequence, record?.sk, record?.version])).toEqual([
        [1, 'A#1', 1],
        [2, 'A#2', 1],
        [3, 'A#1', 2],
        [4, 'A#1', 3],
        [5, 'A#1', 4],
      ]);
      let previous: string = CHAIN_START.hash;
      for (const { record, sequence, contentHash, hash } of entries) {
        expect(record && contentHashOf(record)).toBe(contentHash);
        expect(linkHashOf(previous, { sequence, contentHash })).toBe(hash);
        previous = hash;
      }
      const head = { tenantCode: 'chain', sequence: 5, hash: previous, unchained: 0, isSealed: false };
      expect(await get().peer.auditHead(SYSTEM_SCOPE, 'chain')).toEqual(head);
      expect(await verified(get().store, 'chain')).toMatchObject({ difference: null, head });
    });

    it('shows the link with the command, and nothing to another tenant', async () => {
      const { store } = get();
      const [newest] = (await store.audit(tenantScope('chain'), { limit: 1 })).items;
      expect(newest?.link).toMatchObject({ sequence: 5 });
      const other = tenantScope('chain-b');
      const query = { tenantCode: 'chain', afterSequence: 0, limit: 10 };
      expect(await store.auditChain(other, query)).toEqual([]);
      expect(await store.auditHead(other, 'chain')).toBeNull();
      expect((await store.auditHeads(other, { limit: 200 })).items).toEqual([]);
      expect((await store.knownStates(other, query)).items).toEqual([]);
    });

    it('gives no place to what was refused or changed nothing', async () => {
      await commit(get().store, [full('chain', 'A#2')]);
      await committed(get().store, [full('chain', 'A#2', { version: 1 })]);
      expect(await get().store.auditHead(SYSTEM_SCOPE, 'chain')).toMatchObject({ sequence: 5 });
    });

    it('has no gap when writers of two connections meet, on one tenant and on several in every order', async () => {
      const tenants = ['chain-p', 'chain-q', 'chain-r'];
      const results = await Promise.all(
        Array.from({ length: 90 }, (_, index) => {
          const order = index % 2 === 0 ? tenants : tenants.toReversed();
          const commands = order.slice(index % 3).map((tenant) => full(tenant, `X#${index}`));
          return commit(index % 5 < 2 ? get().peer : get().store, commands);
        }),
      );
      expect(results.filter(({ status }) => status === 'committed')).toHaveLength(90);
      for (const tenant of tenants) {
        const sequences = (await chainOf(get().store, tenant)).map(({ sequence }) => sequence);
        expect(sequences).toEqual(sequences.map((_, index) => index + 1));
        expect((await verified(get().store, tenant)).difference).toBeNull();
      }
      const heads = await everyPage((cursor) =>
        get().store.auditHeads(SYSTEM_SCOPE, { limit: 2, ...(cursor === undefined ? {} : { cursor }) }),
      );
      expect(heads.map(({ tenantCode }) => tenantCode)).toEqual(expect.arrayContaining(tenants));
    });

    it('is verified while others write', async () => {
      let isVerifying = true;
      await chained(get().store, 'chain-busy');
      const writing = (async () => {
        while (isVerifying) await committed(get().peer, [increment('chain-busy', 'A#1', { n: '1' })]);
      })();
      const part = await verifyAudit(get().store, {
        scope: SYSTEM_SCOPE,
        tenantCode: 'chain-busy',
        place: AUDIT_BEGIN,
        limit: 1_000_000,
      });
      isVerifying = false;
      await writing;
      expect(part).toMatchObject({ difference: null, next: null });
    });

    it.each(TAMPERINGS)('shows tampering: %s at %d', async (kind, sequence, expected) => {
      const tenant = `chain-${kind}-${sequence}`;
      await chained(get().store, tenant);
      expect((await verified(get().store, tenant)).difference).toBeNull();
      await get().tamper(kind, { tenantCode: tenant, sequence });
      const wanted = JSON.parse(JSON.stringify(expected).replace('{tenant}', tenant));
      expect((await verified(get().store, tenant)).difference).toMatchObject(wanted);
    });

    it('shows a state that its last command did not leave behind, or that no command made', async () => {
      await chained(get().store, 'chain-state');
      const key = { pk: 'TENANT#chain-state', sk: 'A#2' };
      await get().damage(key);
      expect((await verified(get().store, 'chain-state')).difference).toMatchObject({ flaw: 'state', key });
      await chained(get().store, 'chain-stray');
      const stray = { pk: 'TENANT#chain-stray', sk: 'B#1' };
      await get().damage(stray);
      expect((await verified(get().store, 'chain-stray')).difference).toMatchObject({
        flaw: 'state',
        key: stray,
      });
    });

    it('shows a chain that was written anew, to whoever noted its head', async () => {
      await chained(get().store, 'chain-noted');
      const entries = await chainOf(get().store, 'chain-noted');
      const [noted] = entries.slice(-1);
      if (!noted) throw new Error('there is a chain');
      expect((await verified(get().store, 'chain-noted', noted)).difference).toBeNull();
      const forged = { sequence: 3, hash: 'f'.repeat(64) };
      expect((await verified(get().store, 'chain-noted', forged)).difference).toMatchObject({
        flaw: 'noted_head',
        sequence: 3,
      });
      const cut = { sequence: 9, hash: noted.hash };
      expect((await verified(get().store, 'chain-noted', cut)).difference).toMatchObject({
        flaw: 'noted_head',
        sequence: 5,
      });
    });
  });
}
