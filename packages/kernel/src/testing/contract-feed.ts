import { describe, expect, it } from 'vitest';
import { type Change } from '../core/change.js';
import { DEFAULT_FEED_OPTIONS, type FeedOptions, FeedRunner } from '../core/feed.runner.js';
import { type FeedWork, type Store, SYSTEM_SCOPE } from '../core/store.js';
import { committed, full, increment, partial } from './fixtures.js';
import { type GetStores } from './store-contract.js';

type Handler = (change: Change) => Promise<void>;

function runnerOn(
  store: Store,
  handlers: Record<string, Handler>,
  options: Partial<FeedOptions> = {},
): FeedRunner {
  const runner = new FeedRunner(store, {
    ...DEFAULT_FEED_OPTIONS,
    backoffBaseMs: 1,
    backoffLimitMs: 2,
    pollMs: 20,
    ...options,
  });
  for (const [name, handleSync] of Object.entries(handlers)) {
    const [type = name] = name.split(' ');
    runner.register(name, type, { handleSync });
  }
  return runner;
}

/** Delivers whatever other tests left behind. */
async function settle(store: Store): Promise<void> {
  await drainUntil(store, runnerOn(store, {}));
}

export function describeFeed(get: GetStores): void {
  describe('change feed', () => {
    it('delivers each change once settled, in order, with old and new', async () => {
      const { store } = get();
      await settle(store);
      const seen: Change[] = [];
      const runner = runnerOn(store, { ORDERED: async (change) => void seen.push(change) });
      await committed(store, [full('feed', 'ORDERED#1')]);
      await committed(store, [
        partial('feed', 'ORDERED#1', { version: 1, name: 'two' }),
        full('feed', 'ELSE#1'),
      ]);
      await committed(store, [partial('feed', 'ORDERED#1', { version: 2, isDeleted: true })]);
      await runner.drain();
      expect(seen.map((change) => [change.old?.version ?? null, change.version, change.span])).toEqual([
        [null, 1, 1],
        [1, 2, 1],
        [2, 3, 1],
      ]);
      expect(seen[1]).toMatchObject({
        type: 'ORDERED',
        tenantCode: 'feed',
        old: { name: 'name of ORDERED#1' },
        new: { name: 'two' },
      });
      expect(await store.feed.backlog()).toMatchObject({ pendingItems: 0 });
      expect(await runner.drain()).toBe(0);
    });

    it('coalesces increments to one change, but not across another change', async () => {
      const { store } = get();
      await settle(store);
      const seen: Change[] = [];
      const runner = runnerOn(store, { SUM: async (change) => void seen.push(change) });
      await committed(store, [full('feed', 'SUM#1', { attributes: { n: 0 } })]);
      for (let round = 0; round < 5; round += 1)
        await committed(store, [increment('feed', 'SUM#1', { n: '1' })]);
      await committed(store, [partial('feed', 'SUM#1', { version: 6, name: 'x' })]);
      await committed(store, [increment('feed', 'SUM#1', { n: '1' })]);
      await runner.drain();
      expect(seen.map(({ version, span, new: { attributes } }) => [version, span, attributes.n])).toEqual([
        [1, 1, 0],
        [6, 5, 5],
        [7, 1, 5],
        [8, 1, 6],
      ]);
    });

    it('tries a failing change again without repeating the handlers that took it', async () => {
      const { store } = get();
      await settle(store);
      const calls: string[] = [];
      const runner = runnerOn(store, {
        'RETRY first': async ({ version }) => void calls.push(`first ${version}`),
        'RETRY second': async ({ version }) => {
          calls.push(`second ${version}`);
          if (calls.length < 4) throw new Error('not yet');
        },
      });
      await committed(store, [full('feed', 'RETRY#1')]);
      await committed(store, [partial('feed', 'RETRY#1', { version: 1, name: 'x' })]);
      await drainUntil(store, runner);
      expect(calls).toEqual(['first 1', 'second 1', 'second 1', 'second 1', 'first 2', 'second 2']);
    });

    it('sets a change aside that keeps failing, goes on with the item and all others, and can replay it', async () => {
      const { store } = get();
      await settle(store);
      const taken: string[] = [];
      let broken = true;
      const handler: Handler = async ({ sk, version }) => {
        if (broken && sk === 'DEAD#1' && version === 1) throw new Error('a\u0000 broken handler');
        taken.push(`${sk} ${version}`);
      };
      const runner = runnerOn(store, { DEAD: handler }, { attemptsLimit: 3 });
      await committed(store, [full('feed', 'DEAD#1')]);
      await committed(store, [partial('feed', 'DEAD#1', { version: 1, name: 'x' }), full('feed', 'DEAD#2')]);
      await drainUntil(store, runner);
      expect(taken.toSorted()).toEqual(['DEAD#1 2', 'DEAD#2 1']);
      const letters = await store.feed.deadLetters(SYSTEM_SCOPE, { limit: 10 });
      expect(letters.items).toMatchObject([
        { handler: 'DEAD', attempts: 3, change: { sk: 'DEAD#1', version: 1 } },
      ]);
      broken = false;
      for (const letter of letters.items) await runner.replay(letter);
      expect(taken).toContain('DEAD#1 1');
      expect((await store.feed.deadLetters(SYSTEM_SCOPE, { limit: 10 })).items).toEqual([]);
    });

    it('gives a change to another worker when the lease runs out, and refuses the late one', async () => {
      const { store, peer } = get();
      await settle(store);
      await committed(store, [full('feed', 'LEASE#1')]);
      const [held] = await store.feed.claim({ limit: 1, leaseMs: 60_000 });
      if (!held) throw new Error('nothing was claimed');
      expect(await peer.feed.claim({ limit: 1, leaseMs: 1_000 })).toEqual([]);
      await store.feed.retry(held, { delayMs: 0, attempts: 0, completedHandlers: [] });
      const [late] = await store.feed.claim({ limit: 1, leaseMs: 1 });
      const second = await eventuallyClaimed(peer);
      expect(second.change).toEqual(held.change);
      if (!late) throw new Error('nothing was claimed again');
      expect(await store.feed.complete(late)).toBe(false);
      expect(await store.feed.retry(late, { delayMs: 0, attempts: 1, completedHandlers: [] })).toBe(false);
      expect(await store.feed.setAside(late, [{ handler: 'x', error: 'y' }])).toBe(false);
      expect(await peer.feed.complete(second)).toBe(true);
    });

    it('tells every handler of every version when increments come between a failure and the next try', async () => {
      const { store } = get();
      await settle(store);
      const seen: Record<string, (number | undefined)[][]> = { first: [], second: [] };
      let isBroken = false;
      const note = (name: string) => async (change: Change) => {
        if (name === 'second' && isBroken) throw new Error('not yet');
        seen[name]?.push([change.old?.version, change.version]);
      };
      const runner = runnerOn(store, { 'GROW first': note('first'), 'GROW second': note('second') });
      const key = { pk: 'TENANT#feed', sk: 'GROW#1' };
      const add = () => committed(store, [increment('feed', 'GROW#1', { n: '1' })]);
      await committed(store, [full('feed', 'GROW#1', { attributes: { n: 0 } })]);
      await runner.drain();
      isBroken = true;
      await add();
      await expect(runner.deliver(key, 2)).rejects.toThrow('not yet');
      for (let round = 0; round < 3; round += 1) await add();
      isBroken = false;
      await drainUntil(store, runner);
      for (const name of ['first', 'second']) {
        const chain = seen[name] ?? [];
        expect([name, chain.at(0)?.[0], chain.at(-1)?.[1]]).toEqual([name, undefined, 5]);
        for (const [index, [old]] of chain.slice(1).entries())
          expect([name, old]).toEqual([name, chain[index]?.[1]]);
      }
    });

    it('waits before it tries again, and counts the tries of each change anew', async () => {
      const { store } = get();
      await settle(store);
      await committed(store, [full('feed', 'PAUSE#1')]);
      await committed(store, [partial('feed', 'PAUSE#1', { version: 1, name: 'x' })]);
      const [work] = await store.feed.claim({ limit: 1, leaseMs: 10_000 });
      if (!work) throw new Error('nothing was claimed');
      expect(await store.feed.retry(work, { delayMs: 60_000, attempts: 5, completedHandlers: ['h'] })).toBe(
        true,
      );
      expect(await store.feed.claim({ limit: 1, leaseMs: 10_000 })).toEqual([]);
      const [again] = await store.feed.claim({ limit: 1, leaseMs: 10_000, key: work.change });
      expect(again).toMatchObject({ attempts: 5, completedHandlers: ['h'], change: { version: 1 } });
      if (again) await store.feed.complete(again);
      const [next] = await store.feed.claim({ limit: 1, leaseMs: 10_000 });
      expect(next).toMatchObject({ attempts: 0, completedHandlers: [], change: { version: 2 } });
      if (next) await store.feed.complete(next);
    });

    it('leases no more than it was asked for, and makes no dead letter for callers who wait', async () => {
      const { store } = get();
      await settle(store);
      const runner = runnerOn(
        store,
        { CROWD: async () => Promise.reject(new Error('down')) },
        { attemptsLimit: 3 },
      );
      for (let index = 0; index < 30; index += 1) await committed(store, [full('feed', `CROWD#${index}`)]);
      const claimed = await store.feed.claim({ limit: 8, leaseMs: 1 });
      expect(claimed).toHaveLength(8);
      const key = { pk: 'TENANT#feed', sk: 'CROWD#29' };
      for (let round = 0; round < 6; round += 1) await expect(runner.deliver(key, 1)).rejects.toThrow('down');
      expect((await store.feed.deadLetters(SYSTEM_SCOPE, { limit: 10 })).items).toEqual([]);
      await settle(store);
    });

    it('passes over what is of no type it is asked to leave, and over nothing that is leased', async () => {
      const { store, peer } = get();
      await settle(store);
      for (let index = 0; index < 5; index += 1)
        await committed(store, [full('feed', `LEFT#${index}`), full('feed', `PASSED#${index}`)]);
      const key = { pk: 'TENANT#feed', sk: 'PASSED#0' };
      const [held] = await peer.feed.claim({ limit: 1, leaseMs: 60_000, key });
      expect(await store.feed.passOver({ types: ['LEFT'], limit: 4 })).toBeLessThanOrEqual(4);
      await store.feed.passOver({ types: ['LEFT', 'ELSE'], limit: 100 });
      expect(await store.feed.passOver({ types: ['LEFT'], limit: 100 })).toBe(0);
      expect(await store.feed.deliveredVersion(key)).toBe(0);
      for (let index = 0; index < 5; index += 1)
        expect(await store.feed.deliveredVersion({ pk: key.pk, sk: `LEFT#${index}` })).toBe(0);
      expect(await store.feed.backlog()).toMatchObject({ pendingItems: 6 });
      expect(held && (await peer.feed.complete(held))).toBe(true);
      await committed(store, [partial('feed', 'PASSED#1', { version: 1, name: 'x' })]);
      const seen: (number | undefined)[][] = [];
      const runner = runnerOn(store, {
        PASSED: async ({ old, version }) => void seen.push([old?.version, version]),
      });
      await drainUntil(store, runner);
      expect(seen).toEqual([[1, 2]]);
    });

    it('skips nothing while many writers commit and two runners share the work', async () => {
      const { store, peer } = get();
      await settle(store);
      const last = new Map<string, number>();
      const outOfOrder: string[] = [];
      const handler: Handler = async ({ sk, version, old }) => {
        if ((last.get(sk) ?? 0) !== (old?.version ?? 0))
          outOfOrder.push(`${sk} ${version} after ${last.get(sk)}`);
        last.set(sk, version);
      };
      const runners = [runnerOn(store, { MANY: handler }), runnerOn(peer, { MANY: handler })];
      for (const runner of runners) runner.start();
      const initial = { tenantCode: 'feed', type: 'MANY', code: '', name: '', attributes: {} };
      await Promise.all(
        Array.from({ length: 300 }, (_, index) => {
          const commands = [index % 7, 7 + (index % 3)].map((name) =>
            increment('feed', `MANY#${name}`, { n: '1' }, { initial }),
          );
          return committed(index % 2 === 0 ? store : peer, commands);
        }),
      );
      await untilDelivered(store);
      await Promise.all(runners.map((runner) => runner.stop()));
      expect(outOfOrder).toEqual([]);
      const stored = await store.itemsByType(SYSTEM_SCOPE, { type: 'MANY', limit: 100 });
      expect(stored.items).toHaveLength(10);
      for (const item of stored.items) expect([item.sk, last.get(item.sk)]).toEqual([item.sk, item.version]);
    });

    it('delivers at once what a caller waits for, and hands the failure to the caller', async () => {
      const { store } = get();
      await settle(store);
      const seen: number[] = [];
      const runner = runnerOn(store, {
        SYNC: async ({ version }) => {
          if (version === 2) throw new Error('handler says no');
          seen.push(version);
        },
      });
      await committed(store, [full('feed', 'SYNC#1')]);
      await runner.deliver({ pk: 'TENANT#feed', sk: 'SYNC#1' }, 1);
      expect(seen).toEqual([1]);
      await committed(store, [partial('feed', 'SYNC#1', { version: 1, name: 'x' })]);
      await expect(runner.deliver({ pk: 'TENANT#feed', sk: 'SYNC#1' }, 2)).rejects.toThrow('handler says no');
      expect(await store.feed.backlog()).toMatchObject({ pendingItems: 1 });
      await settle(store);
    });
  });
}

/** A lease of a millisecond is over soon; how soon is the store's clock's affair. */
async function eventuallyClaimed(store: Store): Promise<FeedWork> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const [work] = await store.feed.claim({ limit: 1, leaseMs: 60_000 });
    if (work) return work;
  }
  throw new Error('the lease never ran out');
}

/** Runs until retries are through, too. */
async function drainUntil(store: Store, runner: FeedRunner): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await store.feed.backlog()).pendingItems > 0 && Date.now() < deadline) await runner.drain();
}

async function untilDelivered(store: Store): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await store.feed.backlog()).pendingItems > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
