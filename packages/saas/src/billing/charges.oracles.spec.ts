import { Rational, roundHalfUp, roundMajor } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { type BillingOptions } from './charge.js';
import { prorated } from './proration.js';
import { billed, plan, type Step, shown, stepsOf, sumOf } from './timeline.fixture.js';

/** Figures published by others; the README says which are left out, and why. */

const march: Step = ['2024-03-01', 'created', { quantity: 1 }];

/** What a second entry of the timeline brings. */
function brought(prices: readonly [number, number], change: Step, options: Partial<BillingOptions> = {}) {
  const plans = [plan('a', prices[0]), plan('b', prices[1])];
  const lines = billed(stepsOf(march, change), { plans, ...options });
  return lines.filter(({ eventId }) => eventId === 'S.2.0');
}

describe('a part of a period', () => {
  const ratio = (part: number, whole: number) =>
    Number(roundHalfUp(prorated(Rational.of(1_000_000_000n), { part, whole }))) / 1e9;

  it.each([
    [23, 31, 0.741935484],
    [22, 30, 0.733333333],
    [20, 28, 0.714285714],
    [21, 29, 0.724137931],
  ])('O20: %s/%s is %s', (part, whole, expected) => expect(ratio(part, whole)).toBe(expected));

  it.each([
    ['2012-02-01 to 02-15', [[14, 29]], 0.482758621],
    ['2011-02-07 to 02-15', [[8, 28]], 0.285714286],
    [
      '2011-02-07 to 03-10',
      [
        [1, 1],
        [3, 31],
      ],
      1.096774194,
    ],
    [
      '2011-01-31 to 03-10',
      [
        [7, 31],
        [1, 1],
        [3, 31],
      ],
      1.322580646,
    ],
    [
      '2010-12-15 to 2011-03-17',
      [
        [3, 1],
        [2, 31],
      ],
      3.064516129,
    ],
    ['2012-01-30 to 03-30', [[2, 1]], 2],
  ] as const)('O22: cycles of %s', (_what, parts, expected) => {
    const ratios = parts.map(([part, whole]) => Math.round(ratio(part, whole) * 1e9));
    expect(ratios.reduce((sum, each) => sum + each, 0) / 1e9).toBe(expected);
  });

  it.each([
    ['O24', 24_995, 14, 30, 11_664],
    ['O26', 59_995, 5, 30, 9_999],
    ['O26', 24_995, 27, 31, 21_770],
    ['O28', 239_995, 9, 365, 5_918],
    ['O28', 199_995, 3, 30, 20_000],
    ['O29', 59_995, 29, 31, 56_124],
  ])('%s: %s for %s of %s days is %s', (_oracle, price, part, whole, expected) => {
    expect(roundHalfUp(prorated(Rational.of(BigInt(price)), { part, whole }))).toBe(BigInt(expected));
  });
});

it('O26: what is credited of a month on its 5th is 27/31, and the same day is charged anew', () => {
  const steps = stepsOf(
    ['2016-05-01', 'activated', { period: ['2016-05-01', '2016-06-01'] }],
    [
      '2016-05-05',
      'plan_changed',
      { planCode: 'b', billingCycle: 'yearly', period: ['2016-05-05', '2017-05-05'] },
    ],
  );
  const lines = billed(steps, { plans: [plan('a', 24_995), plan('b', 59_995, 599_950)] });
  expect(lines.slice(1).map(shown)).toEqual([
    'credit -217.70 [2016-05-05, 2016-06-01)',
    'subscription 5999.50 [2016-05-05, 2017-05-05)',
  ]);
});

it('O29: a downgrade at the end of the term bills whole periods, and nothing after the end', () => {
  const periods = [
    ['2012-03-31', '2012-04-30'],
    ['2012-04-30', '2012-05-31'],
    ['2012-05-31', '2012-06-30'],
    ['2012-06-30', '2012-07-31'],
  ] as const;
  const renewals = periods.map((period): Step => [period[0], 'renewed', { planCode: 'b', period }]);
  const steps = stepsOf(['2012-02-29', 'created', { period: ['2012-02-29', '2012-03-31'] }], ...renewals, [
    '2012-07-31',
    'cancelled',
    { status: 'cancelled', endDate: '2012-07-31' },
  ]);
  const lines = billed(steps, { plans: [plan('a', 59_995), plan('b', 2_995)] });
  expect(lines.slice(1).map(shown)).toEqual(
    periods.map(([from, to]) => `subscription 29.95 [${from}, ${to})`),
  );
});

it('O31: a credit takes no more than what is left of its line', () => {
  const steps = stepsOf(
    ['2012-05-01', 'activated', { period: ['2012-05-01', '2012-06-01'] }],
    ['2012-05-02', 'plan_changed', { planCode: 'b' }],
  );
  const plans = [plan('a', 24_995), plan('b', 995)];
  const amounts = (givenBack: { lineId: string; afterVersion: number; amountMinor: bigint }[]) =>
    billed(steps, { plans, givenBack }).map(({ amountMinor }) => amountMinor);
  const adjusted = { lineId: 'S.1.0:charge', afterVersion: 1, amountMinor: 1_000n };
  expect(amounts([])).toEqual([24_995n, -24_189n, 963n]);
  expect(amounts([adjusted])).toEqual([24_995n, -23_995n, 963n]);
  expect(amounts([{ ...adjusted, amountMinor: 30_000n }])).toEqual([24_995n, 0n, 963n]);
  expect(amounts([{ ...adjusted, afterVersion: 2 }])).toEqual([24_995n, -24_189n, 963n]);
});

it('O33: from a year to a month on the first day, the year is credited whole', () => {
  const steps = stepsOf(
    ['2024-03-01T09:00:00.000Z', 'created', { billingCycle: 'yearly', period: ['2024-03-01', '2025-03-01'] }],
    [
      '2024-03-01T15:00:00.000Z',
      'plan_changed',
      { billingCycle: 'monthly', period: ['2024-03-01', '2024-04-01'] },
    ],
  );
  for (const proration of ['day', 'second'] as const) {
    const lines = billed(steps, { plans: [plan('a', 24_995, 239_995)], proration });
    expect(lines.map(shown)).toEqual([
      'subscription 2399.95 [2024-03-01, 2025-03-01)',
      'credit -2399.95 [2024-03-01, 2025-03-01)',
      'subscription 249.95 [2024-03-01, 2024-04-01)',
    ]);
    expect(sumOf(lines.slice(1))).toBe(-215_000n);
  }
});

it('O36: another number of seats on the edge of a period has no lines of proration', () => {
  const steps = stepsOf(
    ['2022-11-27', 'created', { quantity: 7, period: ['2022-11-27', '2022-12-27'] }],
    ['2022-12-27', 'renewed', { quantity: 10, period: ['2022-12-27', '2023-01-27'] }],
  );
  expect(billed(steps, { plans: [plan('a', 2_995)] }).map(shown)).toEqual([
    'subscription 209.65 [2022-11-27, 2022-12-27)',
    'subscription 299.50 [2022-12-27, 2023-01-27)',
  ]);
});

describe('O44: one rounding a line, 17 of 31 days', () => {
  it.each<[string, readonly [number, number], readonly [number, number], bigint[]]>([
    ['10 -> 20', [1_000, 2_000], [1, 1], [-548n, 1_097n]],
    ['5 -> 10 seats at 10', [1_000, 1_000], [5, 10], [-2_742n, 5_484n]],
    ['2 x 50 -> 1 x 30', [5_000, 3_000], [2, 1], [-5_484n, 1_645n]],
    ['nothing -> 25', [0, 2_500], [1, 1], [1_371n]],
    ['40 -> nothing', [4_000, 0], [1, 1], [-2_194n]],
  ])('%s', (_what, [a, b], [before, after], expected) => {
    const steps = stepsOf(
      ['2024-03-01', 'created', { quantity: before }],
      ['2024-03-15', 'plan_changed', { planCode: 'b', quantity: after }],
    );
    const lines = billed(steps, { plans: [plan('a', a), plan('b', b)] });
    expect(lines.filter(({ type }) => type !== 'subscription').map(({ amountMinor }) => amountMinor)).toEqual(
      expected,
    );
  });
});

describe('O46: halfway by the millisecond', () => {
  it.each([
    [10, 20, [-500n, 1_000n]],
    [10, 100, [-500n, 5_000n]],
    [100, 10, [-5_000n, 500n]],
  ] as const)('%s -> %s', (a, b, expected) => {
    const change: Step = ['2024-03-16T12:00:00.000Z', 'plan_changed', { planCode: 'b' }];
    const lines = brought([a * 100, b * 100], change, { proration: 'second' });
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual(expected);
    expect(lines[0]?.explain).toMatchObject({
      unit: 'millisecond',
      part: 15.5 * 86_400_000,
      whole: 31 * 86_400_000,
    });
  });
});

it.each([
  ['10.125', 'USD', 1013n],
  ['10.225', 'USD', 1023n],
  ['0.005', 'USD', 1n],
  ['0.015', 'USD', 2n],
  ['-0.005', 'USD', -1n],
  ['1000.5', 'JPY', 1001n],
  ['200.5', 'JPY', 201n],
  ['0.4', 'JPY', 0n],
  ['10.275', 'EUR', 1028n],
  ['17.9699999999999988631316', 'USD', 1797n],
])('O64: %s %s is rounded to %s', (amount, currency, expected) => {
  expect(roundMajor(Rational.of(amount), currency).amountMinor).toBe(expected);
});
