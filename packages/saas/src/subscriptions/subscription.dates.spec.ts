import { addDays, localDateOf, periodByIndex, startOfLocalDay } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { begun } from './subscription.fixture.js';
import { instant, lived, periodsOf, startsOf, zones } from './subscription.lifecycle.fixture.js';

describe('billing dates', () => {
  it('O01: an anchor on the 31st is clamped and comes back', () => {
    const states = lived(begun({ now: '2022-12-31T00:00:00.000Z' }), '2024-03-31T00:00:00.000Z');
    expect(startsOf(states).slice(1)).toEqual(
      [
        '2023-01-31',
        '2023-02-28',
        '2023-03-31',
        '2023-04-30',
        '2023-05-31',
        '2023-06-30',
        '2023-07-31',
      ].concat(
        ['2023-08-31', '2023-09-30', '2023-10-31', '2023-11-30', '2023-12-31', '2024-01-31', '2024-02-29'],
        ['2024-03-31'],
      ),
    );
  });

  it('O02: an anchor on the 30th returns to the 30th after February', () => {
    const starts = startsOf(lived(begun({ now: '2022-04-30T00:00:00.000Z' }), '2024-03-30T00:00:00.000Z'));
    expect(starts.filter((day) => day >= '2023-01' && day < '2023-04-01')).toEqual([
      '2023-01-30',
      '2023-02-28',
      '2023-03-30',
    ]);
    expect(starts.slice(-3)).toEqual(['2024-01-30', '2024-02-29', '2024-03-30']);
  });

  it('O04: bounds of periods from 2024-01-31, half-open', () => {
    const states = lived(begun({ now: '2024-01-31T01:00:00.000Z' }), '2024-03-31T00:00:00.000Z');
    expect(periodsOf(states)).toEqual([
      { from: '2024-01-31', to: '2024-02-29' },
      { from: '2024-02-29', to: '2024-03-31' },
      { from: '2024-03-31', to: '2024-04-30' },
    ]);
  });

  it('O06: a year from 29 February is renewed on the 28th, and on the 29th in a leap year', () => {
    const from2020 = begun({ billingCycle: 'yearly', now: '2020-02-29T12:00:00.000Z' });
    expect(startsOf(lived(from2020, '2024-03-01T00:00:00.000Z'))).toEqual([
      '2020-02-29',
      '2021-02-28',
      '2022-02-28',
      '2023-02-28',
      '2024-02-29',
    ]);
  });

  // By local day: the hours of the source are another convention.
  it.each<[string, 'monthly' | 'yearly', string, string]>([
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-29T23:59:59.999Z', '2026-04-30'],
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-30T00:00:00.000Z', '2026-05-31'],
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-30T11:00:00.000Z', '2026-05-31'],
    ['2024-02-29T12:00:00.000Z', 'yearly', '2025-02-28T22:00:00.000Z', '2026-02-28'],
  ])('O07: from %s %s, at %s the period ends on %s', (now, billingCycle, until, to) => {
    expect(lived(begun({ now, billingCycle }), until).at(-1)?.currentPeriod.to).toBe(to);
  });

  // Its other case has a billing day that is not the day of the start, which there is not here.
  it('O08: 3 whole periods from 31 January to 30 April', () => {
    const states = lived(begun({ now: '2017-01-31T00:00:00.000Z' }), '2017-03-31T00:00:00.000Z');
    expect(periodsOf(states).map(({ to }) => to)).toEqual(['2017-02-28', '2017-03-31', '2017-04-30']);
  });

  it.each([
    ['2023-06-16T05:00:00.000Z', 'America/Denver', '2023-06-15'],
    ['2023-06-16T05:00:00.000Z', 'America/Halifax', '2023-06-16'],
    ['2023-06-16T20:00:00.000Z', 'Europe/Paris', '2023-06-16'],
    ['2023-06-16T20:00:00.000Z', 'Asia/Karachi', '2023-06-17'],
  ])('O13: at %s in %s it is %s', (now, zone, day) => {
    expect(begun({ now, zone })).toMatchObject({ startDate: day, anchor: day });
  });

  it('O15: 18 months in Juneau after a trial of 30 days are [1st, next 1st), whatever the clocks do', () => {
    const juneau = begun(
      { zone: 'America/Juneau', trialDays: 30, now: '2015-09-01T20:00:00.000Z' },
      { paymentMethodId: 'pm_1' },
    );
    const starts = startsOf(lived(juneau, '2017-03-01T09:00:00.000Z'));
    expect(starts).toHaveLength(18);
    expect(starts).toEqual(starts.map((_day, index) => periodByIndex('2015-10-01', 'monthly', index).from));
  });

  it('O18: 30 days from 1 March in Los Angeles end on the 31st, not on 1 April', () => {
    const angeles = begun(
      { zone: 'America/Los_Angeles', trialDays: 30, now: '2017-03-02T07:30:00.000Z' },
      { paymentMethodId: 'pm_1' },
    );
    expect(angeles).toMatchObject({ startDate: '2017-03-01', trialEndsAt: '2017-03-31T07:00:00.000Z' });
    const [first] = periodsOf(lived(angeles, '2017-03-31T07:00:00.000Z'));
    expect(first).toEqual({ from: '2017-03-31', to: '2017-04-30' });
  });
});

it('periods tile 50 years from the anchor, hold the present, and begin as their local day does', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom('monthly' as const, 'yearly' as const),
      instant('1990-01-01', '2000-01-01'),
      instant('2000-01-01', '2050-01-01'),
      (zone, billingCycle, now, until) => {
        const first = begun({ zone, billingCycle, now });
        const states = lived(first, until);
        expect(periodsOf(states)).toEqual(
          states.map((_each, index) => periodByIndex(first.anchor, billingCycle, index)),
        );
        const last = states.at(-1) ?? first;
        const { from, to } = last.currentPeriod;
        const { timezone } = last;
        expect(startOfLocalDay(from, timezone) <= until && until < startOfLocalDay(to, timezone)).toBe(true);
        const today = localDateOf(until, timezone);
        expect(from <= today && today < to).toBe(true);
        for (const { currentPeriod } of states) {
          const isLastOfMonth = addDays(currentPeriod.from, 1).endsWith('-01');
          expect(currentPeriod.from.slice(8) === first.anchor.slice(8) || isLastOfMonth).toBe(true);
        }
      },
    ),
    { numRuns: 40 },
  );
});
