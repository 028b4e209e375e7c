import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Quantity } from './decimal.js';
import { Rational, roundHalfUp } from './rational.js';

const part = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
const fractions = fc.tuple(
  part,
  part.filter((denominator) => denominator !== 0n),
);
const rationals = fractions.map(([numerator, denominator]) => Rational.fraction(numerator, denominator));

describe('Rational.of', () => {
  it.each<[bigint | string | Quantity, string]>([
    [3n, '3'],
    ['0.5', '1/2'],
    ['-0.125', '-1/8'],
    ['249.95', '4999/20'],
    ['-0', '0'],
    ['0.000000000000000000000000000001', `1/1${'0'.repeat(30)}`],
    [Quantity.of('0.000000001'), '1/1000000000'],
  ])('%s is %s', (value, expected) => {
    expect(`${Rational.of(value)}`).toBe(expected);
  });

  it.each([[''], ['1e3'], [' 1'], ['1.'], ['.5'], ['1/2'], ['9'.repeat(61)], [`0.${'1'.repeat(31)}`]])(
    'refuses %j',
    (text) => {
      expect(() => Rational.of(text)).toThrow(RangeError);
    },
  );
});

describe('arithmetic', () => {
  it('keeps lowest terms and a positive denominator', () => {
    fc.assert(
      fc.property(fractions, fc.bigInt({ min: 1n, max: 1000n }), ([numerator, denominator], scale) => {
        const value = Rational.fraction(numerator, denominator);
        expect(value.denominator > 0n).toBe(true);
        expect(value.numerator * denominator).toBe(numerator * value.denominator);
        expect(Rational.fraction(-numerator * scale, -denominator * scale)).toEqual(value);
      }),
    );
  });

  it('is a field', () => {
    fc.assert(
      fc.property(rationals, rationals, rationals, (a, b, c) => {
        expect(a.add(b)).toEqual(b.add(a));
        expect(a.multiply(b.add(c))).toEqual(a.multiply(b).add(a.multiply(c)));
        expect(a.subtract(b).add(b)).toEqual(a);
        if (!b.isZero()) expect(a.divide(b).multiply(b)).toEqual(a);
        expect(a.compare(b)).toBe(a.subtract(b).isNegative() ? -1 : a.equals(b) ? 0 : 1);
      }),
    );
  });

  it('adds three thirds to one, where decimals do not', () => {
    const third = Rational.fraction(1n, 3n);
    expect(third.add(third).add(third)).toEqual(Rational.one);
  });

  it('refuses to divide by zero, and to be taken for a number', () => {
    expect(() => Rational.fraction(1n, 0n)).toThrow(RangeError);
    expect(() => Rational.one.divide(Rational.zero)).toThrow(RangeError);
    expect(() => Rational.one < Rational.zero).toThrow(TypeError);
  });
});

describe('roundHalfUp', () => {
  it.each<[string, bigint]>([
    ['0', 0n],
    ['0.4', 0n],
    ['0.499999999', 0n],
    ['0.5', 1n],
    ['1.5', 2n],
    ['2.5', 3n],
    ['2.499999999999999999999999999999', 2n],
    ['1000.5', 1001n],
  ])('%s -> %s, and the negative mirrors it', (value, expected) => {
    expect(roundHalfUp(Rational.of(value))).toBe(expected);
    expect(roundHalfUp(Rational.of(value).negate())).toBe(-expected);
  });

  it('is within a half, takes the half away from zero, and mirrors', () => {
    const half = Rational.fraction(1n, 2n);
    fc.assert(
      fc.property(rationals, (value) => {
        const rounded = roundHalfUp(value);
        const error = Rational.of(rounded).subtract(value);
        const away = value.isNegative() ? error.negate() : error;
        expect(away.compare(half)).toBeLessThanOrEqual(0);
        expect(away.compare(half.negate())).toBe(1);
        expect(roundHalfUp(value.negate())).toBe(-rounded);
      }),
    );
  });
});
