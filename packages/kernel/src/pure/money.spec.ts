import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addMoney,
  amountToJson,
  compareMoney,
  formatMoney,
  majorText,
  money,
  moneyFromJson,
  moneyFromMajor,
  multiplyMoney,
  negateMoney,
  parseAmountMinor,
  roundMajor,
  roundMinor,
  subtractMoney,
} from './money.js';
import { Rational } from './rational.js';

const amounts = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const currencies = fc.constantFrom('USD', 'JPY', 'KWD');

describe('roundMajor', () => {
  it.each<[string, string, string]>([
    ['USD', '10.125', '10.13'],
    ['USD', '10.225', '10.23'],
    ['USD', '0.005', '0.01'],
    ['USD', '0.015', '0.02'],
    ['USD', '0.00499999', '0.00'],
    ['JPY', '1000.5', '1001'],
    ['JPY', '200.5', '201'],
    ['JPY', '0.4', '0'],
    ['EUR', '10.275', '10.28'],
    ['USD', '17.9699999999999988631316', '17.97'],
  ])(
    'O64 (Flexprice currency_rounding, Lago topup_with_rounding): %s %s -> %s',
    (currency, exact, expected) => {
      const rounded = roundMajor(Rational.of(exact), currency);
      expect(majorText(rounded)).toBe(expected);
      expect(roundMajor(Rational.of(exact).negate(), currency)).toEqual(negateMoney(rounded));
    },
  );
});

describe('moneyFromMajor and formatMoney', () => {
  it.each<[string, string, bigint, string]>([
    ['49.00', 'USD', 4900n, 'USD 49.00'],
    ['49', 'USD', 4900n, 'USD 49.00'],
    ['49.000', 'USD', 4900n, 'USD 49.00'],
    ['-0.05', 'USD', -5n, 'USD -0.05'],
    ['0', 'JPY', 0n, 'JPY 0'],
    ['1001', 'JPY', 1001n, 'JPY 1001'],
    ['1.234', 'KWD', 1234n, 'KWD 1.234'],
    ['-1234.567', 'KWD', -1234567n, 'KWD -1234.567'],
  ])('%s %s', (major, currency, amountMinor, formatted) => {
    const amount = moneyFromMajor(major, currency);
    expect(amount).toEqual({ amountMinor, currency });
    expect(formatMoney(amount)).toBe(formatted);
  });

  it.each([
    ['0.001', 'USD'],
    ['0.5', 'JPY'],
    ['1e2', 'USD'],
    ['1,00', 'USD'],
    ['1', 'usd'],
    ['1', 'XXX'],
  ])('refuses %s %s', (major, currency) => {
    expect(() => moneyFromMajor(major, currency)).toThrow(RangeError);
  });

  it('are inverse', () => {
    fc.assert(
      fc.property(amounts, currencies, (amountMinor, currency) => {
        const amount = money(amountMinor, currency);
        expect(moneyFromMajor(majorText(amount), currency)).toEqual(amount);
      }),
    );
  });
});

describe('arithmetic', () => {
  it('agrees with whole minor units', () => {
    fc.assert(
      fc.property(amounts, amounts, currencies, (a, b, currency) => {
        const [left, right] = [money(a, currency), money(b, currency)];
        expect(addMoney(left, right)).toEqual(money(a + b, currency));
        expect(subtractMoney(left, right)).toEqual(money(a - b, currency));
        expect(compareMoney(left, right)).toBe(a === b ? 0 : a < b ? -1 : 1);
      }),
    );
  });

  it('refuses to combine currencies', () => {
    const [dollars, euros] = [money(1n, 'USD'), money(1n, 'EUR')];
    for (const combine of [addMoney, subtractMoney, compareMoney]) {
      expect(() => combine(dollars, euros)).toThrow(/USD and EUR/);
    }
  });

  it('is frozen', () => {
    expect(Object.isFrozen(money(1n, 'USD'))).toBe(true);
  });

  it('rounds a product once: a third of USD 0.05 twice over is 0.03, not twice 0.02', () => {
    const third = Rational.fraction(1n, 3n);
    const twice = Rational.of(2n);
    expect(multiplyMoney(money(5n, 'USD'), third.multiply(twice)).amountMinor).toBe(3n);
    expect(multiplyMoney(multiplyMoney(money(5n, 'USD'), third), twice).amountMinor).toBe(4n);
    expect(roundMinor(Rational.fraction(5n, 2n), 'USD').amountMinor).toBe(3n);
  });

  it('mirrors for credits', () => {
    fc.assert(
      fc.property(amounts, fc.bigInt(0n, 366n), fc.bigInt(1n, 366n), (amountMinor, days, of) => {
        const ratio = Rational.fraction(days, of);
        const charge = multiplyMoney(money(amountMinor, 'USD'), ratio);
        expect(multiplyMoney(money(-amountMinor, 'USD'), ratio)).toEqual(negateMoney(charge));
      }),
    );
  });
});

describe('JSON', () => {
  it.each([0n, 4900n, -5n, BigInt(Number.MAX_SAFE_INTEGER), BigInt(Number.MIN_SAFE_INTEGER)])(
    'takes %s',
    (amountMinor) => {
      const json = JSON.parse(JSON.stringify(amountToJson(money(amountMinor, 'USD'))));
      expect(moneyFromJson(json, 'USD')).toEqual(money(amountMinor, 'USD'));
    },
  );

  it.each([2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n])('refuses to write %s', (amountMinor) => {
    expect(() => amountToJson(money(amountMinor, 'USD'))).toThrow(/exact integers/);
  });

  it.each<[unknown]>([[1.5], [2 ** 53], [Number.NaN], ['4900'], [null], [4900n], [[]]])(
    'refuses to read %s',
    (input) => {
      expect(parseAmountMinor(input)).toMatchObject({ ok: false });
    },
  );

  it('throws on a stored amount that is none', () => {
    expect(() => moneyFromJson(0.5, 'USD')).toThrow(RangeError);
  });
});
