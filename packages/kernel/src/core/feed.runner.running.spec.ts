import { afterEach, describe, expect, it } from 'vitest';
import { changeOf, open, signal } from './feed.fixture.js';
import { type FeedOptions, type FeedRunner } from './feed.runner.js';
import { type DeadLetter } from './store.js';

const runners: FeedRunner[] = [];

function openRunner(options: Partial<FeedOptions> = {}) {
  const opened = open(options);
  runners.push(opened.runner);
  return opened;
}

afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop();
});

describe('running', () => {
  it('takes up new work until it is stopped, and starts anew after that', async () => {
    const { feed, runner, on } = openRunner({ pollMs: 1 });
    expect(runner.running).toBe(false);
    for (const version of [1, 2]) {
      const handled = signal();
      if (version === 1) on('Handler', async () => handled.fire());
      else on('Again', async () => handled.fire());
      runner.start();
      runner.start();
      expect(runner.running).toBe(true);
      feed.add(changeOf('THING#1', version));
      await handled.fired;
      await runner.stop();
      expect(runner.running).toBe(false);
    }
    expect(feed.delivered).toEqual(['THING#1 1', 'THING#1 2']);
  });

  it('finishes the work in hand before it stops, and takes no other', async () => {
    const { feed, runner, on } = openRunner({ concurrency: 1 });
    const begun = signal();
    const end = signal();
    on('Handler', async () => {
      begun.fire();
      await end.fired;
    });
    feed.add(changeOf('THING#1'));
    feed.add(changeOf('THING#2'));
    runner.start();
    await begun.fired;
    let isStopped = false;
    const stopped = runner.stop().then(() => {
      isStopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isStopped).toBe(false);
    end.fire();
    await stopped;
    expect(feed.delivered).toEqual(['THING#1 1']);
    expect(feed.pending).toMatchObject([{ change: { sk: 'THING#2' }, lease: null }]);
  });

  it('is not drained while the loop holds what it has asked for and not yet been given', async () => {
    const { feed, runner, on } = openRunner();
    on('Handler', async () => undefined);
    feed.add(changeOf('THING#1'));
    const asked = signal();
    const answer = signal();
    const claim = feed.claim.bind(feed);
    feed.claim = async (request) => {
      const works = await claim(request);
      if (works.length === 0) return works;
      asked.fire();
      await answer.fired;
      return works;
    };
    runner.start();
    await asked.fired;
    const drained = runner.drain().then(() => [...feed.delivered]);
    await new Promise((resolve) => setImmediate(resolve));
    answer.fire();
    expect(await drained).toEqual(['THING#1 1']);
  });

  it('stops at once while it waits for work', async () => {
    const { feed, runner } = openRunner({ pollMs: 60_000 });
    const waiting = signal();
    feed.onWait = waiting.fire;
    runner.start();
    await waiting.fired;
    await runner.stop();
    expect(feed.claims).toBe(1);
  });

  it('reports a store that cannot be read, and goes on', async () => {
    const { feed, runner, reported, on } = openRunner({ pollMs: 1 });
    const handled = signal();
    on('Handler', async () => handled.fire());
    feed.faults = [new Error('gone'), new Error('still gone')];
    feed.add(changeOf());
    runner.start();
    await handled.fired;
    await runner.stop();
    expect(reported).toEqual([
      'the change feed could not be read: Error: gone',
      'the change feed could not be read: Error: still gone',
    ]);
  });
});

describe('deliver', () => {
  it('runs the handlers up to the version, one change after the other', async () => {
    const { feed, runner, on } = openRunner();
    const seen: number[] = [];
    on('Handler', async ({ version }) => void seen.push(version));
    for (const version of [1, 2, 3]) feed.add(changeOf('THING#1', version));
    await runner.deliver(changeOf(), 2);
    expect(seen).toEqual([1, 2]);
    expect(feed.pending).toMatchObject([{ change: { version: 3 }, lease: null }]);
  });

  it('has nothing to do for what was delivered', async () => {
    const { feed, runner } = openRunner();
    await runner.deliver(changeOf(), 1);
    expect(feed.claims).toBe(0);
  });

  it('throws what the handler threw, and the feed tries again', async () => {
    const { feed, runner, on } = openRunner();
    let fails = true;
    on('Handler', async () => {
      if (fails) throw new Error('not yet');
    });
    feed.add(changeOf());
    await expect(runner.deliver(changeOf(), 1)).rejects.toThrow('not yet');
    expect(feed.delaysMs).toHaveLength(1);
    fails = false;
    expect(await runner.drain()).toBe(1);
  });

  it.each([[false], [true]])(
    'waits for another worker (stopped: %s), asking now and then',
    async (isStopped) => {
      const { feed, runner } = openRunner();
      if (isStopped) await runner.stop();
      feed.add(changeOf());
      const [work] = await feed.claim({ limit: 1 });
      if (!work) throw new Error('there is work');
      let waits = 0;
      feed.onWait = () => {
        waits += 1;
        if (waits === 2) void feed.complete(work);
      };
      await runner.deliver(changeOf(), 1);
      expect(waits).toBe(2);
      expect(feed.delivered).toEqual(['THING#1 1']);
    },
  );

  it.each([[false], [true]])('gives up in time (stopped: %s)', async (isStopped) => {
    const { feed, runner } = openRunner({ deliverTimeoutMs: 50 });
    if (isStopped) await runner.stop();
    feed.add(changeOf());
    await feed.claim({ limit: 1 });
    await expect(runner.deliver(changeOf(), 1)).rejects.toThrow(
      'TENANT#acme#THING#1 is committed, but its sync handlers have not run in time',
    );
    expect(feed.claims).toBeLessThan(10);
  });

  it('is content when the work itself took all the time', async () => {
    const { feed, runner, on } = openRunner({ deliverTimeoutMs: 0 });
    on('Slow', () => new Promise((resolve) => setTimeout(resolve, 5)));
    feed.add(changeOf());
    await runner.deliver(changeOf(), 1);
    expect(feed.delivered).toEqual(['THING#1 1']);
  });
});

describe('replay', () => {
  const letter: DeadLetter = {
    id: 'letter-1',
    handler: 'Handler',
    change: changeOf(),
    error: 'Error: failed',
    attempts: 8,
    setAsideAt: '2024-01-31T09:00:00.000Z',
  };

  it('runs the one handler and removes the letter', async () => {
    const { feed, runner, on } = openRunner();
    const seen: string[] = [];
    on('Handler', async ({ sk }) => void seen.push(sk));
    on('Other', async () => void seen.push('other'));
    await runner.replay(letter);
    expect(seen).toEqual(['THING#1']);
    expect(feed.removed).toEqual(['letter-1']);
  });

  it('keeps the letter when the handler fails again, or is gone', async () => {
    const { feed, runner, on } = openRunner();
    await expect(runner.replay(letter)).rejects.toThrow('no sync handler is named Handler');
    on('Handler', () => Promise.reject(new Error('again')));
    await expect(runner.replay(letter)).rejects.toThrow('again');
    expect(feed.removed).toEqual([]);
  });
});
