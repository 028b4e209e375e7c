import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY, retryAfterMs, retryDelayMs } from './retry.js';

const now = Date.parse('2024-01-31T00:00:00Z');

describe('retryAfterMs', () => {
  it.each([
    ['7', 7000],
    [' 0 ', 0],
    ['Wed, 31 Jan 2024 00:01:30 GMT', 90_000],
    ['Wed, 31 Jan 2024 00:00:00 GMT', 0],
    ['Tue, 30 Jan 2024 00:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('reads %j', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

describe('retryDelayMs', () => {
  it.each([
    [1, 125, 250],
    [2, 250, 500],
    [4, 1000, 2000],
    [30, 10_000, 20_000],
  ])('waits before attempt %i + 1 between %i and %i ms', (attempt, least, most) => {
    expect(retryDelayMs(DEFAULT_RETRY, { attempt, retryAfterMs: undefined, random: 0 })).toBe(least);
    expect(retryDelayMs(DEFAULT_RETRY, { attempt, retryAfterMs: undefined, random: 1 })).toBe(most);
  });

  it('never comes back earlier than asked, nor waits beyond its bound', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 50 }), random, (asked, attempt, drawn) => {
        const waited = retryDelayMs(DEFAULT_RETRY, { attempt, retryAfterMs: asked, random: drawn });
        expect(waited).toBeGreaterThanOrEqual(Math.min(asked, DEFAULT_RETRY.maxRetryAfterMs));
        expect(waited).toBeLessThanOrEqual(DEFAULT_RETRY.maxRetryAfterMs + DEFAULT_RETRY.baseDelayMs);
      }),
    );
  });
});
