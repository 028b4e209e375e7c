import { expect, it } from 'vitest';
import { startDueWork } from './due-work.js';

const clock = { now: () => '2024-02-05T00:00:00.000Z' };
const onError = () => undefined;

it('runs at once, again and again, and never twice at the same time', async () => {
  const instants: string[] = [];
  let atOnce = 0;
  let most = 0;
  let stop: () => Promise<void> = async () => undefined;
  const ran = new Promise<void>((resolve) => {
    const runner = {
      async runDue(until: string) {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((done) => setTimeout(done, 5));
        atOnce -= 1;
        if (instants.push(until) === 3) resolve();
      },
    };
    stop = startDueWork({ runners: [runner], clock, onError, intervalMs: 1 });
  });
  // The timer alone does not keep a process alive.
  const alive = setTimeout(() => undefined, 10_000);
  await ran;
  clearTimeout(alive);
  await stop();
  expect(most).toBe(1);
  expect(instants.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => clock.now()));
});

it('goes on with the next when one fails, and tells of it', async () => {
  const told: unknown[] = [];
  const lost = new Error('connection lost');
  let stop: () => Promise<void> = async () => undefined;
  await new Promise<void>((resolve) => {
    const runners = [{ runDue: () => Promise.reject(lost) }, { runDue: async () => resolve() }];
    stop = startDueWork({ runners, clock, onError: (_message, error) => told.push(error) });
  });
  await stop();
  expect(told).toEqual([lost]);
});

it('stops when the run in hand has ended, which is asked to end', async () => {
  let isAsked = false;
  const runner = {
    runDue: (_until: string, { signal }: { signal?: AbortSignal } = {}) =>
      new Promise<void>((resolve) => {
        signal?.addEventListener('abort', () => {
          isAsked = true;
          resolve();
        });
      }),
  };
  await startDueWork({ runners: [runner], clock, onError })();
  expect(isAsked).toBe(true);
});
