import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPauseMs, PAUSE_WINDOW_MS, RESTART_WINDOW_MS } from './restart-policy.js';

describe('nextPauseMs', () => {
  const nowMs = 10 * RESTART_WINDOW_MS;
  const recent = (count: number) => Array.from({ length: count }, (_, index) => nowMs - index);

  it.each([
    ['the first', 0, 5, 0, 25],
    ['the first, spread', 0, 5, 0.5, 37.5],
    ['the third', 2, 5, 0, 100],
    ['a late one, capped', 20, 50, 0, 2_500],
    ['one too many', 5, 5, 0, undefined],
    ['any when none is allowed', 0, 0, 0, undefined],
  ])('%s', (_, count, maxRestarts, chance, expected) => {
    expect(nextPauseMs({ restartsMs: recent(count), nowMs, maxRestarts }, chance)).toBe(expected);
  });

  it('forgives what is older than the window', () => {
    const restartsMs = [nowMs - RESTART_WINDOW_MS, nowMs - RESTART_WINDOW_MS + 1];
    expect(nextPauseMs({ restartsMs, nowMs, maxRestarts: 2 }, 0)).toBe(25);
    expect(nextPauseMs({ restartsMs, nowMs, maxRestarts: 1 }, 0)).toBeUndefined();
  });

  it('grows with the restarts of the last ten seconds only', () => {
    const restartsMs = [nowMs - PAUSE_WINDOW_MS, nowMs - PAUSE_WINDOW_MS + 1, nowMs - 1];
    expect(nextPauseMs({ restartsMs, nowMs, maxRestarts: 9 }, 0)).toBe(100);
  });

  it('is never longer than five seconds', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (count, chance) => {
        const pauseMs = nextPauseMs({ restartsMs: recent(count), nowMs, maxRestarts: 101 }, chance);
        expect(pauseMs).toBeGreaterThanOrEqual(25);
        expect(pauseMs).toBeLessThanOrEqual(5_000);
      }),
    );
  });
});
