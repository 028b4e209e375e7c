import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ATTEMPTS_KEPT,
  type Delivery,
  deliveryIdOf,
  deliveryIdPrefix,
  eventIdOf,
  later,
  RETRY_DELAYS_MS,
  retryDelayMs,
  stepAfter,
  stepToReplay,
} from './delivery.js';

const NOW = '2024-01-01T00:00:00.000Z';
const DAY_MS = 86_400_000;
const FRESH: Delivery = {
  id: 'd',
  endpointId: 'e',
  eventId: 'evt_1',
  eventName: 'webhook.test',
  occurredAt: NOW,
  tenantCode: 'acme',
  source: { pk: 'p', sk: 's' },
  status: 'pending',
  failures: 0,
  attemptCount: 0,
  attempts: [],
  leaseUntil: NOW,
};
const attempt = (error: string | null) => ({ at: NOW, status: 500, durationMs: 1, error, response: null });
const ending = { now: NOW, retryAfterMs: null, isFinal: false, random: 0 };

describe('the schedule', () => {
  it.each([
    [1, null, 0, 5_000],
    [1, null, 1, 5_500],
    [2, null, 0, 300_000],
    [3, null, 0, 1_800_000],
    [9, null, 0, DAY_MS],
    [10, null, 0, null],
    [1, 60_000, 0, 60_000],
    [2, 60_000, 0, 300_000],
    [1, 10 * DAY_MS, 0, DAY_MS],
    [1, -5, 0, 5_000],
  ])('after %i failures, asked for %s, at random %d: %s', (failures, retryAfterMs, random, expected) => {
    expect(retryDelayMs(failures, { retryAfterMs, random })).toBe(expected);
  });

  it('takes about three days', () => {
    const total = RETRY_DELAYS_MS.reduce((sum, each) => sum + each, 0);
    expect(total / DAY_MS).toBeGreaterThan(3);
    expect((total * 1.1) / DAY_MS).toBeLessThan(3.6);
  });

  it('ends after ten failures, whatever happens on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 10, maxLength: 10 }),
        (randoms) => {
          let delivery = FRESH;
          for (const [index, random] of randoms.entries()) {
            expect(delivery.status).toBe('pending');
            const step = stepAfter(delivery, { ...ending, attempt: attempt('no'), random });
            expect(step.dueAt > NOW).toBe(true);
            expect(step).toMatchObject({ failures: index + 1, attemptCount: index + 1, leaseUntil: null });
            delivery = { ...delivery, ...step };
          }
          expect(delivery.status).toBe('failed');
        },
      ),
    );
  });
});

describe('a delivery', () => {
  it('is settled by success, and forgotten after 30 days', () => {
    const step = stepAfter(FRESH, { ...ending, attempt: attempt(null) });
    expect(step).toMatchObject({ status: 'delivered', failures: 0, dueAt: later(NOW, 30 * DAY_MS) });
  });

  it('is settled at once by what is final', () => {
    const step = stepAfter(FRESH, { ...ending, isFinal: true, attempt: attempt('gone') });
    expect(step).toMatchObject({ status: 'failed', dueAt: later(NOW, 30 * DAY_MS) });
  });

  it('keeps its last attempts, and counts all, in a replay too', () => {
    let delivery = FRESH;
    for (let count = 1; count <= ATTEMPTS_KEPT + 5; count += 1) {
      const { dueAt: _due, ...step } = stepAfter(delivery, { ...ending, attempt: attempt(`${count}`) });
      delivery = { ...delivery, ...step };
      if (delivery.status === 'failed') delivery = { ...delivery, ...stepToReplay(delivery, NOW) };
    }
    expect(delivery.attemptCount).toBe(ATTEMPTS_KEPT + 5);
    expect(delivery.attempts.map(({ error }) => error)).toEqual(
      Array.from({ length: ATTEMPTS_KEPT }, (_each, index) => `${index + 6}`),
    );
  });

  it('keeps no long errors', () => {
    const step = stepAfter(FRESH, { ...ending, attempt: attempt('\ud83d\ude00'.repeat(1_000)) });
    expect(step.attempts[0]?.error?.length).toBe(300);
  });
});

describe('ids', () => {
  const instants = fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9998-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString());

  it('of deliveries sort by the time of the event', () => {
    fc.assert(
      fc.property(instants, instants, (one, other) => {
        const [left, right] = [deliveryIdPrefix(one), deliveryIdPrefix(other)];
        expect(left < right).toBe(one < other);
        expect(left.length).toBe(right.length);
      }),
    );
  });

  it('follow from what they are of, and from nothing else', () => {
    expect(deliveryIdOf(NOW, 'evt_1', 'a')).toBe(deliveryIdOf(NOW, 'evt_1', 'a'));
    expect(deliveryIdOf(NOW, 'evt_1', 'a')).not.toBe(deliveryIdOf(NOW, 'evt_1', 'b'));
    const ids = ['acme', 'other'].flatMap((tenantCode) =>
      ['X', 'Y'].map((type) => eventIdOf({ tenantCode, type, id: 'SUB-001.1.0' })),
    );
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^evt_[0-9a-f]{32}$/);
  });
});
