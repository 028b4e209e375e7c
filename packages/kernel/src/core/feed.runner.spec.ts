import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, open } from './feed.fixture.js';
import { DEFAULT_FEED_OPTIONS } from './feed.runner.js';

describe('delivering', () => {
  it('gives each change to the handlers of its type, in the order of the item', async () => {
    const { feed, runner, on } = open();
    const seen: string[] = [];
    on('First', async ({ sk, version }) => void seen.push(`first ${sk} ${version}`));
    on('Second', async ({ sk, version }) => void seen.push(`second ${sk} ${version}`));
    on('Other', async () => void seen.push('other'), 'OTHER');
    feed.add(changeOf('THING#1', 1));
    feed.add(changeOf('THING#1', 2));
    expect(await runner.drain()).toBe(2);
    expect(seen).toEqual(['first THING#1 1', 'second THING#1 1', 'first THING#1 2', 'second THING#1 2']);
    expect(feed.delivered).toEqual(['THING#1 1', 'THING#1 2']);
  });

  it('marks changes that nobody handles as delivered', async () => {
    const { feed, runner } = open();
    feed.add(changeOf());
    expect(await runner.drain()).toBe(1);
    expect(feed.delivered).toEqual(['THING#1 1']);
  });

  it('has what nobody handles passed over, until little is left of it', async () => {
    const { feed, runner, on } = open();
    on('Handler', async () => undefined);
    on('Other', async () => undefined, 'OTHER');
    const asked: unknown[] = [];
    const passed = [200, 200, 3];
    feed.passOver = async (request) => {
      asked.push(request);
      return passed.shift() ?? 0;
    };
    expect(await runner.drain()).toBe(403);
    expect(asked).toEqual(Array(3).fill({ types: ['THING', 'OTHER'], limit: 200 }));
  });

  it('works on no more items at once than allowed', async () => {
    const { feed, runner, on } = open({ concurrency: 3 });
    let atOnce = 0;
    let most = 0;
    on('Handler', async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
    });
    for (let index = 0; index < 10; index += 1) feed.add(changeOf(`THING#${index}`));
    expect(await runner.drain()).toBe(10);
    expect(most).toBe(3);
  });

  it('refuses a second handler of one name', () => {
    const { on } = open();
    on('Handler', async () => undefined);
    expect(() => on('Handler', async () => undefined, 'OTHER')).toThrow(
      'two sync handlers are named Handler',
    );
  });
});

describe('a failing handler', () => {
  it('is tried again alone, until it succeeds', async () => {
    const { feed, runner, reported, on } = open();
    const seen: string[] = [];
    let failures = 2;
    on('Good', async () => void seen.push('good'));
    on('Bad', async () => {
      seen.push('bad');
      failures -= 1;
      if (failures >= 0) throw new Error('not yet');
    });
    feed.add(changeOf());
    expect(await runner.drain()).toBe(1);
    expect(seen).toEqual(['good', 'bad', 'bad', 'bad']);
    expect(feed.setAsides).toEqual([]);
    expect(reported).toEqual(Array(2).fill('Bad failed on TENANT#acme#THING#1 version 1: Error: not yet'));
  });

  it('does not hold up another item', async () => {
    const { feed, runner, on } = open({ attemptsLimit: 2 });
    on('Handler', async ({ sk }) => {
      if (sk === 'THING#1') throw new Error('never');
    });
    feed.add(changeOf('THING#1'));
    feed.add(changeOf('THING#2'));
    expect(await runner.drain()).toBe(1);
    expect(feed.delivered).toEqual(['THING#2 1', 'THING#1 1']);
  });

  it.each([[1], [3]])('is set aside after %i tries, only itself', async (attemptsLimit) => {
    const { feed, runner, on } = open({ attemptsLimit });
    let tries = 0;
    on('Good', async () => undefined);
    on('Bad', async () => {
      tries += 1;
      throw new TypeError('x'.repeat(5_000));
    });
    feed.add(changeOf());
    expect(await runner.drain()).toBe(0);
    expect(tries).toBe(attemptsLimit);
    expect(feed.delaysMs).toHaveLength(attemptsLimit - 1);
    expect(feed.setAsides).toEqual([{ handler: 'Bad', error: `TypeError: ${'x'.repeat(1_989)}` }]);
    expect(feed.pending).toEqual([]);
  });

  it('may throw before it waits, or throw what is no error', async () => {
    const { feed, runner, on } = open({ attemptsLimit: 1 });
    on('Handler', () => {
      throw 'no error';
    });
    feed.add(changeOf());
    await runner.drain();
    expect(feed.setAsides).toEqual([{ handler: 'Handler', error: 'no error' }]);
  });

  it('waits between half and the whole of a doubling, bounded pause', async () => {
    const bounds = fc.record({
      random: fc.double({ min: 0, max: 1, noNaN: true }),
      backoffBaseMs: fc.integer({ min: 1, max: 500 }),
      backoffLimitMs: fc.integer({ min: 1, max: 5_000 }),
    });
    await fc.assert(
      fc.asyncProperty(bounds, async ({ random, backoffBaseMs, backoffLimitMs }) => {
        const { feed, runner, on } = open({ random: () => random, backoffBaseMs, backoffLimitMs });
        on('Bad', () => Promise.reject(new Error('never')));
        feed.add(changeOf());
        await runner.drain();
        expect(feed.delaysMs).toHaveLength(DEFAULT_FEED_OPTIONS.attemptsLimit - 1);
        for (const [attempt, delayMs] of feed.delaysMs.entries()) {
          const ceilingMs = Math.min(backoffLimitMs, backoffBaseMs * 2 ** attempt);
          expect(delayMs).toBeGreaterThanOrEqual(Math.floor(ceilingMs / 2));
          expect(delayMs).toBeLessThanOrEqual(ceilingMs);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is one that takes longer than half the lease; what it does later harms nobody', async () => {
    const { feed, runner, reported, on } = open({ leaseMs: 20, attemptsLimit: 1 });
    let failLate: (error: Error) => void = () => undefined;
    on('Slow', () => new Promise((_resolve, reject) => (failLate = reject)));
    feed.add(changeOf());
    expect(await runner.drain()).toBe(0);
    expect(feed.setAsides).toEqual([{ handler: 'Slow', error: 'Error: Slow took longer than 10 ms' }]);
    expect(reported).toHaveLength(1);
    failLate(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a lost lease', () => {
  it.each<[string, number, boolean]>([
    ['a change that succeeded', 8, true],
    ['a change to try again', 8, false],
    ['a change to set aside', 1, false],
  ])('leaves %s to the new holder', async (_what, attemptsLimit, succeeds) => {
    const { feed, runner, on } = open({ attemptsLimit });
    on('Handler', async () => {
      feed.lose();
      if (!succeeds) throw new Error('failed');
    });
    feed.add(changeOf());
    expect(await runner.drain()).toBe(0);
    expect(feed.pending).toMatchObject([{ lease: 'another process', attempts: 0 }]);
    expect([feed.delivered, feed.delaysMs, feed.setAsides]).toEqual([[], [], []]);
  });
});
