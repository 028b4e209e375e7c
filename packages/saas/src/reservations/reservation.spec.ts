import { type Instant, Quantity, timeZoneOf } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Reservation, type ReservationEnding, statusAt } from './reservation.js';
import { holdOf, newReservation, poolsOf, useOf } from './reservation.rules.js';

const timezone = timeZoneOf('Asia/Tokyo');
const MADE = '2024-01-31T14:59:00.000Z' as Instant;
const EXPIRES = '2024-01-31T15:04:00.000Z' as Instant;
const request = { id: 'job', metric: 'apiCalls', quantity: Quantity.of(10), expiresInSeconds: 300 };
const held = newReservation(request, { now: MADE, timezone, pooledWith: ['mid', 'top'] });
const commit = (quantity: number | null): ReservationEnding => ({
  kind: 'commit',
  quantity: quantity === null ? null : Quantity.of(quantity),
});
const release = { kind: 'release' } as const;
const expire = { kind: 'expire' } as const;
const BEFORE = '2024-01-31T15:03:59.999Z' as Instant;

function after(ending: ReservationEnding, now: Instant = BEFORE): Reservation {
  const decision = decide(held, ending, now);
  if (decision.status !== 'ended') throw new Error(JSON.stringify(decision));
  return decision.reservation;
}

it('begins in the month that it is for the tenant, and ends in time', () => {
  expect(held).toMatchObject({ status: 'held', period: '2024-01', heldAt: MADE, expiresAt: EXPIRES });
  expect([statusAt(held, BEFORE), statusAt(held, EXPIRES)]).toEqual(['held', 'expired']);
});

describe('an ending', () => {
  const states: Readonly<Record<string, Reservation>> = {
    held,
    committed: after(commit(4)),
    released: after(release),
    expired: after(expire, EXPIRES),
  };

  it.each([
    ['held', commit(null), BEFORE, 'ended'],
    ['held', commit(4), BEFORE, 'ended'],
    ['held', commit(0), BEFORE, 'ended'],
    ['held', commit(11), BEFORE, 'too_much'],
    ['held', release, BEFORE, 'ended'],
    ['held', expire, BEFORE, 'refused'],
    ['held', commit(4), EXPIRES, 'refused'],
    ['held', release, EXPIRES, 'refused'],
    ['held', expire, EXPIRES, 'ended'],
    ['committed', commit(4), BEFORE, 'same'],
    ['committed', commit(null), BEFORE, 'same'],
    ['committed', commit(5), BEFORE, 'refused'],
    ['committed', commit(4), EXPIRES, 'same'],
    ['committed', release, BEFORE, 'refused'],
    ['committed', expire, EXPIRES, 'refused'],
    ['released', commit(4), BEFORE, 'refused'],
    ['released', release, EXPIRES, 'same'],
    ['released', expire, EXPIRES, 'refused'],
    ['expired', commit(null), EXPIRES, 'refused'],
    ['expired', release, EXPIRES, 'refused'],
    ['expired', expire, EXPIRES, 'same'],
  ] as const)('of one %s: %j at %s is %s', (state, ending, now, status) => {
    expect(decide(states[state] as Reservation, ending, now).status).toBe(status);
  });

  it('tells what is in the way', () => {
    expect(decide(held, commit(4), EXPIRES)).toMatchObject({
      message: `reservation job expired at ${EXPIRES}, so it cannot become committed; make a new one`,
    });
    expect(decide(after(commit(4)), release, BEFORE)).toMatchObject({
      message: 'reservation job is committed with 4, so it cannot become released',
    });
  });

  it('is the only one, whatever is asked in whatever order', () => {
    const endings = fc.array(
      fc.record({
        ending: fc.constantFrom<ReservationEnding>(commit(null), commit(3), release, expire),
        seconds: fc.integer({ min: 0, max: 200 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(endings, (asked) => {
        let state = held;
        let ended = 0;
        let ms = Date.parse(MADE);
        for (const { ending, seconds } of asked) {
          ms += seconds * 1_000;
          const decision = decide(state, ending, new Date(ms).toISOString() as Instant);
          if (decision.status !== 'ended') continue;
          ended += 1;
          state = decision.reservation;
        }
        expect(ended).toBeLessThanOrEqual(1);
        if (ended === 0) expect(state).toBe(held);
      }),
    );
  });
});

describe('what is held and used', () => {
  it('is given back where it was held, but for those who are gone', () => {
    expect(holdOf(held, 1)).toEqual({ metric: 'apiCalls', periodSk: 'USAGE#2024-01', quantity: '10' });
    expect(holdOf(held, -1).quantity).toBe('-10');
    expect(poolsOf(held, { pooledWith: ['top'] })).toEqual(['top']);
  });

  it('counts in the month that admitted it, or, where carried, when it is used', () => {
    const used = after(commit(4), '2024-01-31T15:01:00.000Z' as Instant);
    expect(useOf(used, { timezone, carried: new Set() })).toMatchObject([
      { id: 'landlord:reservation:job', periodSk: 'USAGE#2024-01', at: MADE, quantity: '4' },
    ]);
    expect(useOf(used, { timezone, carried: new Set(['apiCalls']) })).toMatchObject([
      { periodSk: 'USAGE#2024-02', at: '2024-01-31T15:01:00.000Z' },
    ]);
    expect(useOf(after(commit(0)), { timezone, carried: new Set() })).toEqual([]);
    expect(useOf(after(release), { timezone, carried: new Set() })).toEqual([]);
  });
});
