import { describe, expect, it } from 'vitest';
import { SYSTEM_SCOPE, tenantScope } from '../core/store.js';
import { commit, committed, full, increment, partial } from './fixtures.js';
import { type GetStores } from './store-contract.js';

export function describeIsolation(get: GetStores): void {
  describe('isolation', () => {
    const mine = tenantScope('wall-a');
    const theirs = { pk: 'TENANT#wall-b', sk: 'SECRET#1' };

    it('hides the items, history and commands of other tenants', async () => {
      const { store } = get();
      await committed(store, [
        full('wall-a', 'SECRET#1'),
        full('wall-b', 'SECRET#1', { dueAt: '2024-01-01T00:00:00.000Z' }),
      ]);
      expect(await store.get(mine, theirs)).toBeNull();
      expect(await store.getMany(mine, [theirs, { pk: 'TENANT#wall-a', sk: 'SECRET#1' }])).toMatchObject([
        null,
        { tenantCode: 'wall-a' },
      ]);
      expect((await store.query(mine, { pk: theirs.pk, limit: 10 })).items).toEqual([]);
      expect(
        (await store.itemsByCode(mine, { tenantCode: 'wall-b', type: 'SECRET', code: '1', limit: 10 })).items,
      ).toEqual([]);
      const byType = await store.itemsByType(mine, { type: 'SECRET', limit: 10 });
      expect(byType.items.map(({ tenantCode }) => tenantCode)).toEqual(['wall-a']);
      expect((await store.dueItems(mine, { until: '2025-01-01T00:00:00.000Z', limit: 200 })).items).toEqual(
        [],
      );
      expect((await store.versions(mine, theirs, { limit: 10 })).items).toEqual([]);
      expect(await store.versionAsOf(mine, theirs, '2025-01-01T00:00:00.000Z')).toBeNull();
      const audit = await store.audit(mine, { limit: 200 });
      expect(new Set(audit.items.map(({ tenantCode }) => tenantCode))).toEqual(new Set(['wall-a']));
      expect((await store.audit(mine, { key: theirs, limit: 200 })).items).toEqual([]);
    });

    it.each([
      ['full', full('wall-b', 'SECRET#1', { version: 1, name: 'taken' })],
      ['new', full('wall-b', 'PLANTED#1')],
      ['partial', partial('wall-b', 'SECRET#1', { version: 1, name: 'taken' })],
      ['increment', increment('wall-b', 'SECRET#1', { n: '1' })],
      ['common', full('common', 'PLAN#x', { pk: 'MASTER#COMMON' })],
    ])('does not write across the wall: %s', async (_kind, command) => {
      await expect(commit(get().store, [command], { scope: mine })).rejects.toThrow(/outside the scope/);
      expect(await get().store.get(SYSTEM_SCOPE, theirs)).toMatchObject({
        version: 1,
        name: 'name of SECRET#1',
      });
    });

    it('shows master data to every tenant', async () => {
      await committed(get().store, [full('common', 'PLAN#wall', { pk: 'MASTER#COMMON' })]);
      expect(await get().store.get(mine, { pk: 'MASTER#COMMON', sk: 'PLAN#wall' })).toMatchObject({
        tenantCode: 'common',
      });
      expect(
        (await get().store.query(mine, { pk: 'MASTER#COMMON', limit: 200 })).items.length,
      ).toBeGreaterThan(0);
    });

    it("checks master data as it is, and nobody else's items", async () => {
      const { store } = get();
      await committed(store, [full('common', 'PLAN#checked', { pk: 'MASTER#COMMON' })]);
      const plan = { pk: 'MASTER#COMMON', sk: 'PLAN#checked' };
      const held = (version: number, sk: string) =>
        commit(store, [full('wall-a', sk)], { scope: mine, checks: [{ ...plan, version }] });
      expect(await held(0, 'CHECK#0')).toMatchObject({
        refusal: { reason: 'version_conflict', currentVersion: 1 },
      });
      expect(await held(1, 'CHECK#1')).toMatchObject({ status: 'committed' });
      const across = commit(store, [full('wall-a', 'CHECK#2')], {
        scope: mine,
        checks: [{ ...theirs, version: 0 }],
      });
      await expect(across).rejects.toThrow(/outside the scope/);
    });

    it('gives no scope to the next user of a connection', async () => {
      const { store } = get();
      const scopes = Array.from({ length: 60 }, (_, index) =>
        index % 3 === 0 ? SYSTEM_SCOPE : tenantScope(index % 3 === 1 ? 'wall-a' : 'wall-b'),
      );
      const seen = await Promise.all(
        scopes.map((scope) => store.itemsByType(scope, { type: 'SECRET', limit: 10 })),
      );
      for (const [index, page] of seen.entries()) {
        const expected = index % 3 === 0 ? ['wall-a', 'wall-b'] : [index % 3 === 1 ? 'wall-a' : 'wall-b'];
        expect(page.items.map(({ tenantCode }) => tenantCode)).toEqual(expected);
      }
    });
  });
}
