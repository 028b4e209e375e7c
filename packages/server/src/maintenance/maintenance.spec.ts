import { describe, expect, it } from 'vitest';
import { FakeStore } from '../testing/fake-store.js';
import { forgetOldKeys, forgetOldSightings, startMaintenance } from './maintenance.js';

const clock = { now: () => '2024-02-05T00:00:00.000Z' };

describe('maintenance', () => {
  it('forgets keys older than 35 days, batch by batch until one is not full', async () => {
    const store = new FakeStore();
    expect(await forgetOldKeys({ store, clock }, new AbortController().signal)).toBe(1_000);
    expect(store.forgotten).toEqual(['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z']);
  });

  it('forgets what unique meters saw in months that no event can fall into any more', async () => {
    const store = new FakeStore();
    expect(await forgetOldSightings({ store, clock }, new AbortController().signal)).toBe(0);
    expect(store.forgotten).toEqual(['USAGE#2021-10']);
  });

  it('ends between batches when it is stopped, and is bounded', async () => {
    let batches = 0;
    const stopping = new AbortController();
    const store = {
      forgetIdempotency: async (_before: string, limit: number) => {
        batches += 1;
        if (batches === 3) stopping.abort();
        return limit;
      },
    };
    await forgetOldKeys({ store, clock }, stopping.signal);
    expect(batches).toBe(3);
    await forgetOldKeys({ store, clock }, new AbortController().signal);
    expect(batches).toBe(1_003);
  });

  it('runs again and again, tells failures, and stops', async () => {
    const failures: unknown[] = [];
    const store = new FakeStore();
    store.isDown = true;
    const failedTwice = new Promise<void>((resolve) => {
      const stop = startMaintenance({
        store,
        clock,
        intervalMs: 1,
        onError: (_message, error) => {
          if (failures.push(error) === 2) void stop().then(resolve);
        },
      });
    });
    // The timer alone does not keep a process alive.
    const alive = setTimeout(() => undefined, 10_000);
    await failedTwice;
    clearTimeout(alive);
    expect(failures.length).toBeGreaterThanOrEqual(2);
  });
});
