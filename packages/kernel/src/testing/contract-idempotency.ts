import { describe, expect, it } from 'vitest';
import { type Item } from '../core/item.js';
import { type CommitResult, SYSTEM_SCOPE, tenantScope, type UnitOfWork } from '../core/store.js';
import { commit, committed, full, increment } from './fixtures.js';
import { type GetStores } from './store-contract.js';

function claim(key: string, fingerprint = 'f1', owner = 'me'): NonNullable<UnitOfWork['idempotency']> {
  const respond = (items: readonly (Item | null)[]) => ({ n: items[0]?.attributes.n ?? null });
  return { owner, key, fingerprint, respond };
}

export function describeIdempotency(get: GetStores): void {
  describe('idempotency', () => {
    const scope = tenantScope('idem');
    const add = (sk: string, idempotency: UnitOfWork['idempotency'], peer = false): Promise<CommitResult> => {
      const store = peer ? get().peer : get().store;
      return commit(store, [increment('idem', sk, { n: '1' })], {
        scope,
        ...(idempotency ? { idempotency } : {}),
      });
    };

    it('carries out a key once and gives the first answer again', async () => {
      await committed(get().store, [full('idem', 'A#1', { attributes: { n: 0 } })]);
      expect(await add('A#1', claim('k1'))).toMatchObject({ status: 'committed', result: { n: 1 } });
      await add('A#1', claim('k2'));
      expect(await add('A#1', claim('k1'))).toEqual({ status: 'replayed', result: { n: 1 } });
      expect(await get().store.findIdempotent(scope, 'me', 'k1')).toMatchObject({
        fingerprint: 'f1',
        result: { n: 1 },
      });
      expect(await get().store.get(scope, { pk: 'TENANT#idem', sk: 'A#1' })).toMatchObject({
        attributes: { n: 2 },
      });
    });

    it('refuses a key with another input, and keeps owners and tenants apart', async () => {
      expect(await add('A#1', claim('k1', 'f2'))).toEqual({ status: 'idempotency_mismatch' });
      expect(await add('A#1', claim('k1', 'f2', 'somebody else'))).toMatchObject({ status: 'committed' });
      expect(await get().store.findIdempotent(tenantScope('idem-b'), 'me', 'k1')).toBeNull();
      expect(await get().store.findIdempotent(SYSTEM_SCOPE, 'me', 'k1')).toBeNull();
    });

    it('leaves the key free when the commands are refused', async () => {
      const late = () =>
        commit(get().store, [full('idem', 'A#1', { version: 0 })], { scope, idempotency: claim('k3') });
      expect(await late()).toMatchObject({ status: 'refused' });
      expect(await get().store.findIdempotent(scope, 'me', 'k3')).toBeNull();
      expect(await add('A#1', claim('k3'))).toMatchObject({ status: 'committed' });
    });

    it('has one effect and one answer when 40 duplicates run in parallel', async () => {
      await committed(get().store, [full('idem', 'A#2', { attributes: { n: 0 } })]);
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, index) => add('A#2', claim('same'), index % 2 === 0)),
      );
      expect(results.filter(({ status }) => status === 'committed')).toHaveLength(1);
      expect(
        results.filter(
          (result) => result.status === 'replayed' && JSON.stringify(result.result) === '{"n":1}',
        ),
      ).toHaveLength(39);
      expect(await get().store.get(scope, { pk: 'TENANT#idem', sk: 'A#2' })).toMatchObject({
        attributes: { n: 1 },
      });
    });

    it('keeps the answer of a unit that changes nothing', async () => {
      const nothing = () => commit(get().store, [], { scope, idempotency: claim('k4') });
      expect(await nothing()).toEqual({ status: 'committed', items: [], result: { n: null } });
      expect(await nothing()).toEqual({ status: 'replayed', result: { n: null } });
    });

    it('forgets old keys, oldest first, as many as asked', async () => {
      expect(await get().store.forgetIdempotency('2024-01-31T09:00:00.000Z', 100)).toBe(0);
      expect(await get().store.forgetIdempotency('2024-01-31T09:00:00.001Z', 2)).toBe(2);
    });
  });
}
