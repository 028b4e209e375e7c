import { describe, expect, it } from 'vitest';
import { replay } from '../core/evolve.js';
import { SYSTEM_SCOPE, tenantScope } from '../core/store.js';
import { everyPage } from './contract-queries.js';
import { committed, full, increment, originOf, partial } from './fixtures.js';
import { type GetStores } from './store-contract.js';

const KEY = { pk: 'TENANT#history', sk: 'A#1' };
const day = (number: number) => `2024-01-0${number}T00:00:00.000Z`;

export function describeHistory(get: GetStores): void {
  describe('history', () => {
    it('keeps every version, its command and its author, and replays to the present state', async () => {
      const { store } = get();
      const at = (number: number) => ({ origin: originOf({ at: day(number), userId: `usr-${number}` }) });
      await committed(store, [full('history', 'A#1', { attributes: { n: 1 } })], at(1));
      await committed(store, [increment('history', 'A#1', { n: '2' })], at(2));
      await committed(store, [partial('history', 'A#1', { version: 2, attributes: { x: 'y' } })], at(3));
      await committed(store, [partial('history', 'A#1', { version: 3, isDeleted: true })], at(5));

      const versions = await everyPage((cursor) =>
        store.versions(SYSTEM_SCOPE, KEY, { limit: 1, ...(cursor === undefined ? {} : { cursor }) }),
      );
      expect(versions.map(({ version, kind, userId, at: when }) => [version, kind, userId, when])).toEqual([
        [1, 'full', 'usr-1', day(1)],
        [2, 'increment', 'usr-2', day(2)],
        [3, 'partial', 'usr-3', day(3)],
        [4, 'partial', 'usr-5', day(5)],
      ]);
      expect(versions.map(({ item }) => item.attributes)).toEqual([
        { n: 1 },
        { n: 3 },
        { n: 3, x: 'y' },
        { n: 3, x: 'y' },
      ]);
      expect(replay(versions)).toEqual(await store.get(SYSTEM_SCOPE, KEY));
    });

    it('tells the state as of any instant', async () => {
      const versionAsOf = async (instant: string) =>
        (await get().store.versionAsOf(SYSTEM_SCOPE, KEY, instant))?.version ?? null;
      expect(await versionAsOf('2023-12-31T23:59:59.999Z')).toBeNull();
      expect(await versionAsOf(day(1))).toBe(1);
      expect(await versionAsOf('2024-01-02T23:59:59.999Z')).toBe(2);
      expect(await versionAsOf(day(4))).toBe(3);
      expect(await versionAsOf(day(9))).toBe(4);
    });

    it('lists commands, newest first, by tenant, item, type and author', async () => {
      const { store } = get();
      await committed(store, [full('history', 'B#1'), full('history-b', 'A#1')]);
      const audit = (query: object) =>
        everyPage((cursor) =>
          store.audit(tenantScope('history'), {
            limit: 2,
            ...query,
            ...(cursor === undefined ? {} : { cursor }),
          }),
        ).then((records) => records.map(({ sk, version }) => `${sk} ${version}`));
      expect(await audit({})).toEqual(['B#1 1', 'A#1 4', 'A#1 3', 'A#1 2', 'A#1 1']);
      expect(await audit({ type: 'B' })).toEqual(['B#1 1']);
      expect(await audit({ key: KEY, userId: 'usr-2' })).toEqual(['A#1 2']);
      expect(await audit({ userId: 'nobody' })).toEqual([]);
    });

    it('rebuilds the states from the commands, to the same bytes', async () => {
      const { store } = get();
      const everything = () =>
        everyPage((cursor) =>
          store.query(SYSTEM_SCOPE, {
            pk: KEY.pk,
            includeDeleted: true,
            limit: 50,
            ...(cursor === undefined ? {} : { cursor }),
          }),
        ).then((items) => JSON.stringify(items));
      const before = await everything();
      await get().damage(KEY);
      await get().damage({ pk: KEY.pk, sk: 'STRAY#1' });
      expect(await everything()).not.toBe(before);
      let isRebuilding = true;
      const initial = { tenantCode: 'history-load', type: 'N', code: '', name: '', attributes: {} };
      const writing = Array.from({ length: 4 }, async (_, index) => {
        const sks = [`N#${index % 2}`, `N#${2 + (index % 2)}`];
        for (let round = 0; isRebuilding || round < 10; round += 1) {
          await committed(
            store,
            sks.map((sk) => increment('history-load', sk, { n: '1' }, { initial })),
          );
        }
      });
      await get().rebuild();
      isRebuilding = false;
      await Promise.all(writing);
      expect(await everything()).toBe(before);
    });
  });
}
