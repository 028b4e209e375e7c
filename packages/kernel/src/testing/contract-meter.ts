import { describe, expect, it } from 'vitest';
import { type MeterEvent, type MeterRequest, type MeterRules } from '../core/meter.js';
import { SYSTEM_SCOPE, type UnitOfWork } from '../core/store.js';
import { commit, fingerprintOf, full, increment, originOf } from './fixtures.js';
import { stepwiseRules } from './stepwise-rules.js';
import { type GetStores } from './store-contract.js';

/**
 * Adds quantities to `n` of the event's month, of the tenant and of all it is pooled with; a limit holds for the
 * latest month's `n` of its tenant. `carried` of a new month shows that the state before it is passed.
 */
const RULES = stepwiseRules({
  pk: (tenantCode) => `TENANT#${tenantCode}`,
  skPrefix: 'USAGE#',
  settle: ({ items }, { tenantCode, pooledWith, admission }, fresh) => {
    const bad = fresh.find(({ metric }) => metric === 'bad');
    if (bad) return { status: 'refused', index: bad.index, message: 'no such metric' };
    const of = (code: string) => items.filter((item) => item.tenantCode === code);
    const asked = fresh.reduce((sum, { quantity }) => sum + Number(quantity), 0);
    const standings = (admission ?? []).map(({ tenantCode: code, metric, limit }) => ({
      metric,
      current: String(of(code).at(-1)?.attributes.n ?? 0),
      held: '0',
      limit,
    }));
    const over = standings.find(({ current, limit }) => Number(current) + asked > Number(limit));
    if (over && fresh[0])
      return { status: 'not_admitted', index: fresh[0].index, standing: over, isHeld: false };
    const commands = [tenantCode, ...pooledWith].flatMap((code) =>
      fresh.map(({ periodSk, quantity }) => {
        const carried =
          of(code)
            .filter(({ sk }) => sk < periodSk)
            .at(-1)?.attributes.n ?? 0;
        const attributes = { n: 0, carried };
        return {
          pk: `TENANT#${code}`,
          sk: periodSk,
          increments: [{ path: ['n'], by: quantity, min: '0' }],
          initial: { tenantCode: code, type: 'USAGE', code: periodSk.slice(6), name: '', attributes },
        };
      }),
    );
    return { status: 'settled', commands, standings };
  },
});

export function usageEvent(id: string, overrides: Partial<MeterEvent> = {}): MeterEvent {
  const at = '2024-01-15T00:00:00.000Z';
  return {
    id,
    fingerprint: fingerprintOf(id),
    metric: 'n',
    periodSk: 'USAGE#2024-01',
    at,
    hour: at,
    quantity: '1',
    mode: 'add',
    properties: {},
    readings: [],
    ...overrides,
  };
}

export function meterRequest(
  tenantCode: string,
  events: readonly MeterEvent[],
  overrides: Partial<MeterRequest> = {},
): MeterRequest {
  const nothing = { carried: new Set<string>(), pooledWith: [], admission: null, checks: [] };
  return { tenantCode, origin: originOf(), events, ...nothing, ...overrides };
}

const event = usageEvent;
const request = meterRequest;

export function describeMetering(get: GetStores): void {
  describe('metering', () => {
    const read = (tenant: string, month = '2024-01') =>
      get().store.get(SYSTEM_SCOPE, { pk: `TENANT#${tenant}`, sk: `USAGE#${month}` });
    const meter = (...requests: MeterRequest[]) => get().store.meter(requests, RULES);

    it('counts an id once: within a request, within a batch, and ever after', async () => {
      const outcomes = await meter(
        request('meter', [event('a'), event('b'), event('a')]),
        request('meter', [event('b'), event('c', { quantity: '0.5' })]),
        request('meter-2', [event('a')]),
      );
      expect(outcomes).toEqual([
        { status: 'accepted', accepted: 2, duplicates: 1, standings: [] },
        { status: 'accepted', accepted: 1, duplicates: 1, standings: [] },
        { status: 'accepted', accepted: 1, duplicates: 0, standings: [] },
      ]);
      expect(await meter(request('meter', [event('a'), event('d')]))).toMatchObject([
        { accepted: 1, duplicates: 1 },
      ]);
      expect(await read('meter')).toMatchObject({ version: 2, attributes: { n: 3.5 } });
      expect(await read('meter-2')).toMatchObject({ version: 1, attributes: { n: 1 } });
    });

    it('takes nothing of a request with a bad event, and everything of the others', async () => {
      const outcomes = await meter(
        request('meter-3', [event('a')]),
        request('meter-3', [event('b'), event('a', { fingerprint: fingerprintOf('other') })]),
        request('meter-3', [event('c'), event('d', { metric: 'bad' })]),
        request('meter-3', [event('e', { quantity: '-5' })]),
        request('meter-3', [event('b')]),
      );
      expect(outcomes).toMatchObject([
        { status: 'accepted', accepted: 1 },
        { status: 'duplicate_event', index: 1, id: 'a' },
        { status: 'refused', index: 1, message: 'no such metric' },
        { status: 'failed', refusal: { reason: 'out_of_bounds' } },
        { status: 'accepted', accepted: 1, duplicates: 0 },
      ]);
      expect(await read('meter-3')).toMatchObject({ attributes: { n: 2 } });
    });

    it('puts late events into their own period, and passes on what came before', async () => {
      await meter(request('meter-4', [event('jan', { quantity: '7' })]));
      await meter(
        request('meter-4', [event('mar', { periodSk: 'USAGE#2024-03' }), event('late', { quantity: '2' })]),
      );
      expect(await read('meter-4')).toMatchObject({ attributes: { n: 9 } });
      expect(await read('meter-4', '2024-03')).toMatchObject({ attributes: { n: 1, carried: 7 } });
    });

    it('keeps the answer under an idempotency key', async () => {
      const idempotency = {
        owner: 'me',
        key: 'k',
        fingerprint: 'f',
        respond: (outcome: object) => ({ ...outcome }),
      };
      const keyed = (id: string, fingerprint = 'f') =>
        request('meter-5', [event(id)], { idempotency: { ...idempotency, fingerprint } });
      const [first, same, other] = await meter(keyed('a'), keyed('a'), keyed('b', 'g'));
      expect(first).toMatchObject({ status: 'accepted', accepted: 1 });
      expect(same).toEqual({
        status: 'replayed',
        result: { status: 'accepted', accepted: 1, duplicates: 0, standings: [] },
      });
      expect(other).toEqual({ status: 'idempotency_mismatch' });
      expect(await meter(keyed('a'))).toEqual([same]);
      expect(await read('meter-5')).toMatchObject({ attributes: { n: 1 } });
    });

    it('moves the usage of every tenant in the pool, in one batch and across batches', async () => {
      const pooled = (child: string, id: string) =>
        request(child, [event(id)], { pooledWith: ['pool-mid', 'pool-top'] });
      await meter(pooled('pool-a', '1'), pooled('pool-b', '1'), request('pool-top', [event('own')]));
      await meter(pooled('pool-a', '2'), pooled('pool-a', '1'));
      expect(await read('pool-a')).toMatchObject({ attributes: { n: 2 } });
      expect(await read('pool-b')).toMatchObject({ attributes: { n: 1 } });
      expect(await read('pool-mid')).toMatchObject({ attributes: { n: 3 } });
      expect(await read('pool-top')).toMatchObject({ tenantCode: 'pool-top', attributes: { n: 4 } });
    });

    it('admits exactly what is left in the pool, from two processes, and a refused id may come again', async () => {
      const { store, peer } = get();
      const admission = [{ tenantCode: 'edge-top', metric: 'n', limit: '25', isEnforced: true }];
      const consume = (index: number) =>
        (index % 2 === 0 ? store : peer).meter(
          [
            request(`edge-${index % 10}`, [event(`e${index}`)], { pooledWith: ['edge-top'], admission }),
            request(`edge-${(index + 1) % 10}`, [event(`f${index}`)], {
              pooledWith: ['edge-top'],
              admission,
            }),
          ],
          RULES,
        );
      const outcomes = (await Promise.all(Array.from({ length: 30 }, (_, index) => consume(index)))).flat();
      expect(outcomes.filter(({ status }) => status === 'accepted')).toHaveLength(25);
      const refused = outcomes.filter(({ status }) => status === 'not_admitted');
      expect(refused).toHaveLength(35);
      expect(refused[0]).toMatchObject({ standing: { metric: 'n', current: '25', limit: '25' } });
      expect(await read('edge-top')).toMatchObject({ attributes: { n: 25 } });
      const index = outcomes.findIndex(({ status }) => status === 'not_admitted');
      const id = `${index % 2 === 0 ? 'e' : 'f'}${Math.floor(index / 2)}`;
      const child = `edge-${(Math.floor(index / 2) + (index % 2)) % 10}`;
      expect(await meter(request(child, [event(id)]))).toMatchObject([{ status: 'accepted', accepted: 1 }]);
    });

    it('takes nothing when an item it rests on has moved, and everything of the others', async () => {
      const { store } = get();
      await commit(store, [full('meter-stale', 'MASTER')]);
      const key = { pk: 'TENANT#meter-stale', sk: 'MASTER' };
      const resting = (id: string, version: number) =>
        request('meter-stale', [event(id)], { checks: [{ ...key, version }] });
      expect(
        await meter(resting('a', 1), resting('b', 2), resting('c', 0), request('meter-stale', [event('d')])),
      ).toMatchObject([{ accepted: 1 }, { status: 'stale' }, { status: 'stale' }, { accepted: 1 }]);
      expect(await read('meter-stale')).toMatchObject({ attributes: { n: 2 } });
      const absent = { ...key, sk: 'NONE', version: 0 };
      expect(await meter(request('meter-stale', [event('e')], { checks: [absent] }))).toMatchObject([
        { accepted: 1 },
      ]);
    });

    // Counting rests on there being no LIMIT, and LIMIT on nothing being counted. Whoever begins when the other has
    // looked and not yet written must be told, though neither writes what the other checks by name.
    const turnsOf = (tenant: string) => {
      const { store, peer } = get();
      const key = (sk: string) => ({ pk: `TENANT#${tenant}`, sk, version: 0 });
      const checks = [key('USAGE#'), key('USAGE#2024-01')];
      const limit = (unit: Partial<UnitOfWork> = {}) =>
        commit(store, [full(tenant, 'LIMIT')], { checks, ...unit });
      const count = (rules = RULES) =>
        peer.meter([request(tenant, [event('a')], { checks: [key('LIMIT')] })], rules);
      return { limit, count };
    };

    it('holds up a unit that checks the name of usage itself, though nothing is there', async () => {
      for (let round = 0; round < 15; round += 1) {
        const { limit, count } = turnsOf(`meter-first-${round}`);
        let meanwhile: ReturnType<typeof limit> | undefined;
        const open: MeterRules['open'] = (state) => {
          meanwhile ??= limit();
          return RULES.open(state);
        };
        expect(await count({ ...RULES, open })).toMatchObject([{ status: 'accepted' }]);
        expect(await meanwhile).toMatchObject({ status: 'refused' });
      }
    });

    it('waits for a unit that checks the name of usage itself', async () => {
      for (let round = 0; round < 15; round += 1) {
        const { limit, count } = turnsOf(`meter-second-${round}`);
        let meanwhile: ReturnType<typeof count> | undefined;
        const respond = () => {
          meanwhile ??= count();
          return null;
        };
        const idempotency = { owner: 'me', key: `turn-${round}`, fingerprint: 'f', respond };
        expect(await limit({ idempotency })).toMatchObject({ status: 'committed' });
        expect(await meanwhile).toMatchObject([{ status: 'stale' }]);
      }
    });

    it('counts exactly when batches, duplicates and commands meet from two processes', async () => {
      const { store, peer } = get();
      await meter(request('meter-6', [event('first')]));
      const batches = Array.from({ length: 60 }, (_, index) => {
        const ids = [`e${index}`, `e${(index + 1) % 60}`, `e${(index * 7) % 60}`];
        return (index % 2 === 0 ? store : peer).meter(
          [
            request(
              'meter-6',
              ids.map((id) => event(id)),
            ),
          ],
          RULES,
        );
      });
      const commands = Array.from({ length: 40 }, (_, index) =>
        commit(index % 2 === 0 ? peer : store, [increment('meter-6', 'USAGE#2024-01', { n: '1' })]),
      );
      const outcomes = (await Promise.all(batches)).flat();
      await Promise.all(commands);
      const accepted = outcomes.reduce(
        (sum, outcome) => sum + (outcome.status === 'accepted' ? outcome.accepted : 0),
        0,
      );
      expect(accepted).toBe(60);
      expect(await read('meter-6')).toMatchObject({ attributes: { n: 101 } });
    });

    it('counts exactly when 60 first batches of a tenant meet', async () => {
      const { store, peer } = get();
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (index % 2 === 0 ? store : peer).meter(
            [request('meter-7', [event(`e${index}`), event('shared')])],
            RULES,
          ),
        ),
      );
      expect(outcomes.flat().every(({ status }) => status === 'accepted')).toBe(true);
      expect(await read('meter-7')).toMatchObject({ attributes: { n: 61 } });
    });

    it('lets a parallel creator of the usage item and a first event both count', async () => {
      const rounds = Array.from({ length: 20 }, async (_, index) => {
        const tenant = `meter-race-${index}`;
        const create = commit(get().peer, [full(tenant, 'USAGE#2024-01', { attributes: { n: 10 } })]);
        const [outcome] = await get().store.meter([request(tenant, [event('a')])], RULES);
        const created = await create;
        expect(outcome).toMatchObject({ status: 'accepted' });
        expect(await read(tenant)).toMatchObject({
          attributes: { n: created.status === 'committed' ? 11 : 1 },
        });
      });
      await Promise.all(rounds);
    });

    it('records ten thousand events of many tenants in one batch', async () => {
      const tenants = Array.from({ length: 10 }, (_, index) => `meter-bulk-${index}`);
      const requests = tenants.map((tenant) =>
        request(
          tenant,
          Array.from({ length: 1_000 }, (_, index) => event(`e${index}`, { quantity: '0.001' })),
        ),
      );
      expect(await meter(...requests)).toMatchObject(tenants.map(() => ({ accepted: 1_000, duplicates: 0 })));
      expect(await read('meter-bulk-3')).toMatchObject({ version: 1, attributes: { n: 1 } });
    });
  });
}
