import { Quantity, Rational } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OveragePrice, type OverageTier } from '../plans/plan.js';
import { rate } from './rating.js';

type Row = readonly [upTo: number | string | null, unitPrice: string, flatPrice?: string];

const tiersOf = (rows: readonly Row[]): OverageTier[] =>
  rows.map(([upTo, unitPrice, flatPrice]) => ({
    upTo,
    unitPrice,
    ...(flatPrice === undefined ? {} : { flatPrice }),
  }));
const tiered = (model: 'graduated' | 'volume', rows: readonly Row[]): OveragePrice => ({
  model,
  tiers: tiersOf(rows),
});
const amount = (price: OveragePrice, units: string | number) => rate(price, Quantity.of(units)).amountMinor;
const expectAmount = (price: OveragePrice, units: string | number, expected: string) =>
  expect(amount(price, units).toString()).toBe(Rational.of(expected).toString());

const stripe: readonly Row[] = [
  [5, '7'],
  [10, '6.5'],
  [null, '6'],
];
const lago: readonly Row[] = [
  [10, '10', '2'],
  [20, '5', '3'],
  [null, '5', '3'],
];
const decimals: readonly Row[] = [
  ['0.1', '10'],
  [1, '5'],
  [null, '2'],
];
const autumn: readonly Row[] = [
  [100, '0.1'],
  [500, '0.05'],
  [null, '0.02'],
];

describe('overage', () => {
  it.each([
    ['volume', 1, '7'],
    ['volume', 5, '35'],
    ['volume', 6, '39'],
    ['volume', 20, '120'],
    ['volume', 25, '150'],
    ['graduated', 1, '7'],
    ['graduated', 5, '35'],
    ['graduated', 6, '41.5'],
    ['graduated', 20, '127.5'],
    ['graduated', 25, '157.5'],
  ] as const)('O48: %s, %s units cost %s', (model, units, expected) =>
    expectAmount(tiered(model, stripe), units, expected),
  );

  it.each([
    [0, '2'],
    [1, '12'],
    [10, '102'],
    [11, '110'],
    [12, '115'],
    [21, '163'],
  ])('O49: with flat prices, %s units cost %s', (units, expected) =>
    expectAmount(tiered('graduated', lago), units, expected),
  );

  it.each([
    ['0.05', '0.5'],
    ['0.5', '3'],
  ])('O49: in decimal tiers, %s units cost %s', (units, expected) =>
    expectAmount(tiered('graduated', decimals), units, expected),
  );

  it.each([
    [121, 0, '1300'],
    [121, 10, '1200'],
    [121, 200, '0'],
  ])('O51: %s units, %s of them free, in packages of 10 at 100 cost %s', (units, freeUnits, expected) =>
    expectAmount({ model: 'package', packageSize: 10, packagePrice: '100', freeUnits }, units, expected),
  );

  it('O51: a package that is begun is charged', () => {
    expectAmount({ model: 'package', packageSize: 1_000, packagePrice: '1' }, 1_500, '2');
    expectAmount({ model: 'package', packageSize: '0.5', packagePrice: '1' }, '0.500000001', '2');
  });

  it.each<[string, OveragePrice, number, string]>([
    ['3 x 0.10', { model: 'per_unit', unitPrice: '0.10' }, 3, '0.3'],
    ['a million x a millionth', { model: 'per_unit', unitPrice: '0.000001' }, 1_000_000, '1'],
    [
      '75 in two tiers',
      tiered('graduated', [
        [50, '0.0075'],
        [null, '0.0025'],
      ]),
      75,
      '0.4375',
    ],
    ['250 graduated', tiered('graduated', autumn), 250, '17.5'],
    ['250 by volume', tiered('volume', autumn), 250, '12.5'],
    ['1000 graduated', tiered('graduated', autumn), 1_000, '40'],
    ['1000 by volume', tiered('volume', autumn), 1_000, '20'],
  ])('O55: %s', (_what, price, units, expected) => expectAmount(price, units, expected));

  it('is a percentage of an amount that was metered', () => {
    expectAmount({ model: 'percentage', rate: '2.9' }, 10_050, '291.45');
    expectAmount({ model: 'percentage', rate: '2.9', freeUnits: 10_000 }, 10_050, '1.45');
  });

  it('tells of every step', () => {
    const { steps, freeUnits, chargedUnits } = rate(
      { model: 'graduated', tiers: tiersOf(lago), freeUnits: 4 },
      Quantity.of(16),
    );
    const shown = steps.map(({ upTo, units, flatPriceMinor, amountMinor }) =>
      [upTo, units, flatPriceMinor, amountMinor].map(String),
    );
    expect(shown).toEqual([
      ['10', '10', '2', '102'],
      ['20', '2', '3', '13'],
    ]);
    expect([freeUnits, chargedUnits].map(String)).toEqual(['4', '12']);
  });

  it('rates no use below zero', () => {
    expect(() => amount({ model: 'per_unit', unitPrice: '1' }, -250)).toThrow(RangeError);
  });
});

const decimal = (max: number) =>
  fc.tuple(fc.nat({ max }), fc.nat({ max: 999 })).map(([whole, places]) => `${whole}.${places}`);
const tierTable = fc
  .array(
    fc.record({ width: fc.integer({ min: 1, max: 50 }), unitPrice: decimal(100), flatPrice: decimal(5) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((rows) =>
    rows.map(({ width: _width, ...prices }, index): OverageTier => {
      const end = rows.slice(0, index + 1).reduce((sum, { width }) => sum + width, 0);
      return { ...prices, upTo: index === rows.length - 1 ? null : end };
    }),
  );

describe('for whatever tiers', () => {
  it('graduated is the sum of its units, one by one, and of the flat prices of the tiers reached', () => {
    fc.assert(
      fc.property(tierTable, fc.nat({ max: 300 }), (tiers, units) => {
        const tierAt = (unit: number) => tiers.findIndex(({ upTo }) => upTo === null || unit <= Number(upTo));
        const each = Array.from(
          { length: units },
          (_none, index) => tiers[tierAt(index + 1)]?.unitPrice ?? '',
        );
        const flats = tiers.slice(0, tierAt(Math.max(1, units)) + 1).map(({ flatPrice = '0' }) => flatPrice);
        const sum = [...each, ...flats].reduce((total, text) => total.add(Rational.of(text)), Rational.zero);
        expect(amount({ model: 'graduated', tiers }, units).toString()).toBe(sum.toString());
      }),
    );
  });

  it('in one tier, graduated, volume and per unit are the same, and free units come off all models alike', () => {
    fc.assert(
      fc.property(decimal(100), decimal(500), fc.nat({ max: 400 }), (unitPrice, units, freeUnits) => {
        const tiers = [{ upTo: null, unitPrice }];
        const prices: OveragePrice[] = [
          { model: 'per_unit', unitPrice, freeUnits },
          { model: 'graduated', tiers, freeUnits },
          { model: 'volume', tiers, freeUnits },
        ];
        const charged = Rational.of(units).subtract(Rational.of(BigInt(freeUnits)));
        const expected = charged.isNegative() ? Rational.zero : charged.multiply(Rational.of(unitPrice));
        for (const price of prices) expect(amount(price, units).toString()).toBe(expected.toString());
      }),
    );
  });
});
