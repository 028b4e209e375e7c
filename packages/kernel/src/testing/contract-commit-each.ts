import { describe, expect, it } from 'vitest';
import { CHAIN_START, linkHashOf } from '../core/audit-chain.js';
import { GROUP_UNITS_LIMIT, SYSTEM_SCOPE, tenantScope, type UnitGroup } from '../core/store.js';
import { committed, full, increment, originOf, partial } from './fixtures.js';
import { type GetStores } from './store-contract.js';

type Units = UnitGroup['units'];

export function describeCommitEach(get: GetStores): void {
  const commitEach = (units: Units, scope = SYSTEM_SCOPE) =>
    get().store.commitEach({ scope, origin: originOf(), units });
  const read = async (tenantCode: string, sk: string) =>
    get().store.get(SYSTEM_SCOPE, { pk: `TENANT#${tenantCode}`, sk });
  const statuses = async (units: Units) => (await commitEach(units)).map(({ status }) => status);

  describe('commit of many units', () => {
    it('carries out each by itself: one that is refused holds up no other, and writes nothing', async () => {
      await committed(get().store, [full('each-a', 'A#1'), full('each-b', 'A#1')]);
      const results = await commitEach([
        { commands: [partial('each-a', 'A#1', { version: 1, name: 'two' }), full('each-a', 'A#2')] },
        { commands: [full('each-b', 'A#2'), partial('each-b', 'A#1', { version: 7, name: 'two' })] },
        { commands: [full('each-c', 'A#1')], checks: [{ pk: 'TENANT#each-b', sk: 'A#1', version: 0 }] },
        { commands: [increment('each-b', 'N#1', { n: '1' }, { initial: INITIAL('each-b') })] },
      ]);
      expect(results).toMatchObject([
        {
          status: 'committed',
          items: [
            { sk: 'A#1', version: 2, name: 'two' },
            { sk: 'A#2', version: 1 },
          ],
        },
        { status: 'refused', refusal: { reason: 'version_conflict', givenVersion: 7, currentVersion: 1 } },
        { status: 'refused', refusal: { reason: 'version_conflict', givenVersion: 0, currentVersion: 1 } },
        { status: 'committed', items: [{ version: 1, attributes: { n: 1 } }] },
      ]);
      expect(await read('each-a', 'A#1')).toMatchObject({ version: 2, name: 'two' });
      expect(await read('each-b', 'A#2')).toBeNull();
      expect(await read('each-c', 'A#1')).toBeNull();
    });

    it('judges each by what those before it left behind', async () => {
      await committed(get().store, [full('each-order', 'A#1')]);
      const change = { commands: [partial('each-order', 'A#1', { version: 1, name: 'two' })] };
      const resting = (sk: string, version: number) => ({
        commands: [full('each-order', sk)],
        checks: [{ pk: 'TENANT#each-order', sk: 'A#1', version }],
      });
      expect(await statuses([resting('B#1', 1), change, resting('B#2', 1), resting('B#3', 2)])).toEqual([
        'committed',
        'committed',
        'refused',
        'committed',
      ]);
    });

    it('is chained, logged and told like any other commit', async () => {
      const { store } = get();
      const units = Array.from({ length: 12 }, (_each, index) => ({
        commands: [full(`each-${index % 3}`, `L#${index}`), full(`each-${index % 3}`, `M#${index}`)],
      }));
      expect(await statuses(units)).toEqual(units.map(() => 'committed'));
      for (const tenantCode of ['each-0', 'each-1', 'each-2']) {
        const head = await store.auditHead(SYSTEM_SCOPE, tenantCode);
        expect(head?.sequence).toBe(8);
        const links = await store.auditChain(SYSTEM_SCOPE, { tenantCode, afterSequence: 0, limit: 20 });
        expect(links.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        for (const [index, link] of links.entries())
          expect(link.hash).toBe(linkHashOf(links[index - 1]?.hash ?? CHAIN_START.hash, link));
        expect(links.at(-1)?.hash).toBe(head?.hash);
      }
      expect(await store.feed.deliveredVersion({ pk: 'TENANT#each-0', sk: 'L#0' })).toBe(0);
    });

    it('counts each version once, whoever writes at the same time, and deadlocks nobody', async () => {
      const { store, peer } = get();
      const tenants = Array.from({ length: 8 }, (_each, index) => `race-${index}`);
      for (const code of tenants) await committed(store, [full(code, 'A#1')]);
      const run = async (by: typeof store, order: readonly string[]) => {
        let won = 0;
        for (let version = 1; version <= 10; version += 1) {
          const units = order.map((code) => ({
            commands: [
              partial(code, 'A#1', { version, attributes: { version } }),
              full(code, `E#${version}`),
            ],
          }));
          const results = await by.commitEach({ scope: SYSTEM_SCOPE, origin: originOf(), units });
          won += results.filter(({ status }) => status === 'committed').length;
        }
        return won;
      };
      const alone = async () => {
        for (let round = 0; round < 30; round += 1)
          await committed(peer, [
            increment(
              tenants[round % 8] ?? '',
              'N#1',
              { n: '1' },
              { initial: INITIAL(tenants[round % 8] ?? '') },
            ),
            increment(
              tenants[(round * 3 + 1) % 8] ?? '',
              'N#2',
              { n: '1' },
              { initial: INITIAL(tenants[(round * 3 + 1) % 8] ?? '') },
            ),
          ]);
      };
      const [first, second] = await Promise.all([
        run(store, tenants),
        run(peer, tenants.toReversed()),
        alone(),
      ]);
      expect(first + second).toBe(80);
      for (const code of tenants) expect(await read(code, 'A#1')).toMatchObject({ version: 11 });
    });

    it('refuses what is misuse: an item written by two, too many units, another tenant', async () => {
      const one = { commands: [full('each-misuse', 'A#1')] };
      await expect(async () => commitEach([one, one])).rejects.toThrow('twice');
      const many = Array.from({ length: GROUP_UNITS_LIMIT + 1 }, () => ({ commands: [] }));
      await expect(async () => commitEach(many)).rejects.toThrow('at most');
      await expect(async () => commitEach([one], tenantScope('each-a'))).rejects.toThrow('outside the scope');
      expect(await commitEach([])).toEqual([]);
    });
  });
}

const INITIAL = (tenantCode: string) => ({ tenantCode, type: 'N', code: '', name: '', attributes: {} });
