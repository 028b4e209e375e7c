import { describe, expect, it } from 'vitest';
import { type MeterEvent, type MeterRequest } from '../core/meter.js';
import { meterRequest, usageEvent } from './contract-meter.js';
import { originOf } from './fixtures.js';
import { stepwiseRules } from './stepwise-rules.js';
import { type GetStores } from './store-contract.js';

const FIRST = '2024-01-15T10:00:00.000Z';
const SECOND = '2024-01-15T11:00:00.000Z';

/** Refuses `bad`; every other event adds its quantity to its hour, by its properties. */
const RULES = stepwiseRules({
  pk: (tenantCode) => `TENANT#${tenantCode}`,
  skPrefix: 'USAGE#',
  settle: (_state, _request, fresh) => {
    const bad = fresh.find(({ id }) => id === 'bad');
    if (bad) return { status: 'refused', index: bad.index, message: 'bad' };
    const effects = fresh.map(({ metric, hour, quantity, properties }) => {
      return { metric, hour, dimensions: properties as Record<string, string>, quantity, count: 1 };
    });
    return { status: 'settled', commands: [], effects, standings: [] };
  },
});

function event(id: string, overrides: Partial<MeterEvent> = {}): MeterEvent {
  return usageEvent(id, { at: FIRST, hour: FIRST, ...overrides });
}

function request(
  tenantCode: string,
  events: readonly MeterEvent[],
  { pooledWith = [], at = FIRST }: { pooledWith?: readonly string[]; at?: string } = {},
): MeterRequest {
  return meterRequest(tenantCode, events, { origin: originOf({ at }), pooledWith });
}

export function describeUsageLog(get: GetStores): void {
  describe('usage log', () => {
    const meter = (...requests: MeterRequest[]) => get().store.meter(requests, RULES);
    const hours = (tenantCode: string, overrides: object = {}) =>
      get().peer.usageLog.hours({
        tenantCode,
        from: '2024-01-01T00:00:00.000Z',
        until: '2024-02-01T00:00:00.000Z',
        limit: 1_000,
        ...overrides,
      });

    it('adds up hours exactly, over requests and batches, and nothing of what was not taken', async () => {
      await meter(
        request('hours', [event('a', { quantity: '0.1' }), event('b', { quantity: '0.2' }), event('a')]),
        request('hours', [event('c'), event('bad')]),
        request('hours', [event('d', { hour: SECOND, quantity: '-7' })]),
        request('hours-2', [event('a')]),
      );
      await meter(
        request('hours', [event('e', { quantity: '0.000000001' }), event('b', { quantity: '0.2' })]),
      );
      expect(await hours('hours')).toEqual([
        { metric: 'n', hour: FIRST, group: null, quantity: '0.300000001', count: 3 },
        { metric: 'n', hour: SECOND, group: null, quantity: '-7', count: 1 },
      ]);
      expect(await hours('hours', { until: SECOND })).toHaveLength(1);
      expect(await hours('hours', { metric: 'other' })).toEqual([]);
      expect(await hours('hours-3')).toEqual([]);
      await expect(hours('hours', { limit: 1 })).rejects.toThrow('more than 1 hours');
    });

    it('tells hours apart by a dimension, and no more than 50 values of it', async () => {
      const of = (route: string, quantity: string) =>
        event(`${route}-${quantity}`, { quantity, properties: { route, long: 'x'.repeat(2_000) } });
      await meter(request('groups', [of('/a', '1'), of('/a', '2'), of('/b', '10'), event('none')]));
      const grouped = (await hours('groups', { groupBy: 'route' })).map(({ group, quantity }) => [
        group,
        quantity,
      ]);
      expect(grouped).toEqual([
        ['/a', '3'],
        ['/b', '10'],
        [null, '1'],
      ]);
      expect(await hours('groups')).toMatchObject([{ quantity: '14', count: 4 }]);
      await meter(
        request(
          'groups',
          Array.from({ length: 60 }, (_, index) => of(`/${100 + index}`, '5')),
        ),
      );
      const many = await hours('groups', { groupBy: 'route' });
      expect(many).toHaveLength(51);
      expect(many.find(({ group }) => group === null)).toMatchObject({ quantity: String(4 + 11 * 5) });
    });

    it('counts hours exactly when batches of two processes meet', async () => {
      const { store, peer } = get();
      const batches = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? store : peer).meter(
          [request('hours-race', [event(`e${index}`), event(`e${(index * 7) % 40}`)])],
          RULES,
        ),
      );
      await Promise.all(batches);
      expect(await hours('hours-race')).toMatchObject([{ quantity: '40', count: 40 }]);
    });

    it("finds an event by its id, and nobody else's", async () => {
      const readings = [{ metric: 'm', mode: 'set' as const, quantity: '2.50', dimensions: { route: '/a' } }];
      const properties = { deep: { x: 1 } };
      const said = event('known', { properties, mode: 'set', quantity: '2.50', readings });
      await meter(request('look', [said], { pooledWith: ['look-top'], at: SECOND }));
      expect(await get().peer.usageLog.event('look', 'known')).toEqual({
        status: 'recorded',
        event: {
          ...said,
          pooledWith: ['look-top'],
          userId: 'usr-1',
          requestId: 'req-1',
          recordedAt: SECOND,
        },
      });
      expect(await get().store.usageLog.event('look', 'unknown')).toBeNull();
      expect(await get().store.usageLog.event('look-top', 'known')).toBeNull();
    });

    it('records at any time, and again in the past', async () => {
      for (const at of ['2024-01-31T23:59:59.999Z', '2091-07-01T00:00:00.000Z', '1999-12-31T00:00:00.000Z']) {
        const [outcome] = await meter(request('times', [event(at)], { at }));
        expect(outcome).toMatchObject({ accepted: 1 });
        expect(await get().store.usageLog.event('times', at)).toMatchObject({ event: { recordedAt: at } });
      }
    });
  });
}
