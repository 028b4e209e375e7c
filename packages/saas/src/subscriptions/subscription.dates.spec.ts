import { describe, expect, it } from 'vitest';
import { endOf } from './subscription.due.js';
import { begun } from './subscription.fixture.js';
import { lived, periodsOf, startsOf } from './subscription.lifecycle.fixture.js';

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
    expect(starts.filter((day) => day >= '2023')).toEqual(
      '2023-01-30 2023-02-28 2023-03-30 2023-04-30 2023-05-30 2023-06-30 2023-07-30 2023-08-30 2023-09-30 '
        .concat('2023-10-30 2023-11-30 2023-12-30 2024-01-30 2024-02-29 2024-03-30')
        .split(' '),
    );
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

  it.each([
    ['2024-06-20', '2025-02-28'],
    ['2027-06-20', '2028-02-29'],
  ])('O06: from 29 February 2024, on %s the year ends on %s', (day, to) => {
    const from2024 = begun({ billingCycle: 'yearly', now: '2024-02-29T00:00:00.000Z' });
    expect(lived(from2024, `${day}T00:00:00.000Z`).at(-1)?.currentPeriod.to).toBe(to);
  });

  // By local day: the hours of the source are another convention. There is no cycle of three months.
  it.each<[string, 'monthly' | 'yearly', string, string]>([
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-29T23:59:59.999Z', '2026-04-30'],
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-30T00:00:00.000Z', '2026-05-31'],
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-30T10:00:00.000Z', '2026-05-31'],
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-30T11:00:00.000Z', '2026-05-31'],
    ['2026-03-31T12:00:00.000Z', 'monthly', '2026-06-30T12:01:00.000Z', '2026-07-31'],
    ['2024-02-29T12:00:00.000Z', 'yearly', '2025-02-28T22:00:00.000Z', '2026-02-28'],
  ])('O07: from %s %s, at %s the period ends on %s', (now, billingCycle, until, to) => {
    expect(lived(begun({ now, billingCycle }), until).at(-1)?.currentPeriod.to).toBe(to);
  });

  // Its source begins on the day itself with a billing day of 31; here only an anchor in a longer month has that.
  it('O08: the period from 30 April, counted from the 31st, ends on 31 May', () => {
    const states = lived(begun({ now: '2012-03-31T00:00:00.000Z' }), '2012-04-30T00:00:00.000Z');
    expect(periodsOf(states).at(-1)).toEqual({ from: '2012-04-30', to: '2012-05-31' });
  });

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
    const states = lived(juneau, '2017-03-01T09:00:00.000Z');
    const firsts = Array.from({ length: 19 }, (_each, index) =>
      new Date(Date.UTC(2015, 9 + index)).toISOString().slice(0, 10),
    );
    expect(periodsOf(states)).toEqual(
      firsts.slice(0, 18).map((from, index) => ({ from, to: firsts[index + 1] })),
    );
    const hours = states.map((state) => endOf(state).slice(11));
    expect(new Set(hours)).toEqual(new Set(['08:00:00.000Z', '09:00:00.000Z']));
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
