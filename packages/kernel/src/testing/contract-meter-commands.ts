import { describe, expect, it } from 'vitest';
import { type MeterRequest } from '../core/meter.js';
import { SYSTEM_SCOPE, tenantScope } from '../core/store.js';
import { meterRequest, usageEvent } from './contract-meter.js';
import { stepwiseRules } from './stepwise-rules.js';
import { type GetStores } from './store-contract.js';

/** Adds what is held to `held` of its month, up to 10; an event of the metric `bad` is refused. */
const RULES = stepwiseRules({
  pk: (tenantCode) => `TENANT#${tenantCode}`,
  skPrefix: 'USAGE#',
  settle: ({ items }, { tenantCode, holds = [] }, fresh) => {
    if (fresh.some(({ metric }) => metric === 'bad'))
      return { status: 'refused', index: 0, message: 'no such metric' };
    const of = (sk: string) => items.find((item) => item.tenantCode === tenantCode && item.sk === sk);
    const over = holds.find(
      ({ periodSk, quantity }) => Number(of(periodSk)?.attributes.held ?? 0) + Number(quantity) > 10,
    );
    const standing = { metric: 'n', current: '0', held: '10', limit: '10' };
    if (over) return { status: 'not_admitted', index: 0, standing, isHeld: true };
    const commands = holds.map(({ periodSk, quantity }) => ({
      pk: `TENANT#${tenantCode}`,
      sk: periodSk,
      increments: [{ path: ['held'], by: quantity }],
      initial: { tenantCode, type: 'USAGE', code: '', name: '', attributes: { held: 0 } },
    }));
    return { status: 'settled', commands, standings: [] };
  },
});

const TENANT = 'held';

function made(id: string) {
  return {
    kind: 'full' as const,
    pk: `TENANT#${TENANT}`,
    sk: `HOLD#${id}`,
    version: 0,
    tenantCode: TENANT,
    type: 'HOLD',
    code: id,
    name: '',
    attributes: { status: 'held' },
    dueAt: '2024-01-15T00:05:00.000Z',
  };
}

function ended(id: string, status: string) {
  const { pk, sk } = made(id);
  return {
    kind: 'partial' as const,
    pk,
    sk,
    version: 1,
    attributes: { status },
    dueAt: null,
    isDeleted: true,
  };
}

function holding(quantity: string, commands: NonNullable<MeterRequest['commands']>): MeterRequest {
  const holds = [{ metric: 'n', periodSk: 'USAGE#2024-01', quantity }];
  return meterRequest(TENANT, [], { holds, commands });
}

export function describeMeterCommands(get: GetStores): void {
  describe('commands that go with metering', () => {
    const meter = (...requests: MeterRequest[]) => get().store.meter(requests, RULES);
    const held = async () =>
      (await get().store.get(SYSTEM_SCOPE, { pk: `TENANT#${TENANT}`, sk: 'USAGE#2024-01' }))?.attributes.held;
    const find = (id: string) =>
      get().store.get(tenantScope(TENANT), { pk: `TENANT#${TENANT}`, sk: `HOLD#${id}` });

    it('are written with it, or neither is', async () => {
      expect(await meter(holding('6', [made('a')]))).toMatchObject([{ status: 'accepted' }]);
      expect(await find('a')).toMatchObject({ version: 1, attributes: { status: 'held' } });
      expect(await meter(holding('5', [made('b')]))).toMatchObject([
        { status: 'not_admitted', isHeld: true },
      ]);
      expect(await meter(holding('1', [made('c'), made('a')]))).toMatchObject([
        { status: 'failed', refusal: { reason: 'version_conflict', currentVersion: 1 } },
      ]);
      const bad = { ...holding('1', [made('d')]), events: [usageEvent('x', { metric: 'bad' })] };
      expect(await meter(bad)).toMatchObject([{ status: 'refused' }]);
      expect(await held()).toBe(6);
      for (const id of ['b', 'c', 'd']) expect(await find(id)).toBeNull();
    });

    it('write an item once in a batch: the second is to look again', async () => {
      const outcomes = await meter(
        holding('-6', [ended('a', 'released')]),
        holding('-6', [ended('a', 'expired')]),
        holding('4', [made('e')]),
      );
      expect(outcomes).toMatchObject([{ status: 'accepted' }, { status: 'stale' }, { status: 'accepted' }]);
      expect(await find('a')).toMatchObject({
        version: 2,
        isDeleted: true,
        attributes: { status: 'released' },
      });
      expect(await held()).toBe(4);
    });

    it('let exactly one of many end what is held, from two processes', async () => {
      const { store, peer } = get();
      const ways = ['committed', 'released', 'expired'];
      const outcomes = await Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          (index % 2 === 0 ? store : peer).meter(
            [holding('-4', [ended('e', ways[index % 3] ?? 'released')])],
            RULES,
          ),
        ),
      );
      expect(outcomes.flat().filter(({ status }) => status === 'accepted')).toHaveLength(1);
      expect(await held()).toBe(0);
      expect(await find('e')).toMatchObject({ version: 2 });
    });

    it('are in the log, in the chain and in the feed as every other', async () => {
      const { items } = await get().store.versions(
        tenantScope(TENANT),
        { pk: `TENANT#${TENANT}`, sk: 'HOLD#a' },
        { limit: 10 },
      );
      expect(items.map(({ kind }) => kind).toSorted()).toEqual(['full', 'partial']);
      expect(items.every(({ link }) => link !== null)).toBe(true);
      expect(await get().store.feed.deliveredVersion({ pk: `TENANT#${TENANT}`, sk: 'HOLD#a' })).toBe(0);
    });
  });
}
