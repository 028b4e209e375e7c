import { BigNumber } from 'bignumber.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatQuantity, parseQuantity, Quantity, quantityFromJson, quantityToJson } from './decimal.js';

const q = Quantity.of;

/** Any quantity with up to 12 integer digits and 9 places, from billionths. */
const quantities = fc
  .bigInt({ min: -(10n ** 21n), max: 10n ** 21n })
  .map((billionths) => ({ billionths, value: fromBillionths(billionths) }));

function fromBillionths(billionths: bigint): Quantity {
  const digits = String(billionths < 0n ? -billionths : billionths).padStart(10, '0');
  return q(`${billionths < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`);
}

describe('parseQuantity', () => {
  it.each<[unknown, string]>([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-2.5, '-2.5'],
    [0.1, '0.1'],
    [1e-9, '0.000000001'],
    [1e14, '100000000000000'],
    [123456789012345, '123456789012345'],
    [123456.789012345, '123456.789012345'],
    ['0', '0'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['0.10', '0.1'],
    ['100', '100'],
    ['-12.500', '-12.5'],
    ['999999999999999999999999999999.999999999', '999999999999999999999999999999.999999999'],
  ])('takes %j as %s', (input, expected) => {
    expect(taken(input)).toBe(expected);
  });

  it.each<[unknown]>([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY],
    [0.1 + 0.2],
    [1e-10],
    [2 ** 53],
    [-1e20],
    [Number.MAX_VALUE],
    [Number.MIN_VALUE],
    [1234567890123456],
    [''],
    [' 1'],
    ['1 '],
    ['1\n'],
    ['+1'],
    ['-'],
    ['.5'],
    ['5.'],
    ['01'],
    ['-00'],
    ['1e3'],
    ['0x10'],
    ['1,5'],
    ['1_000'],
    ['Infinity'],
    ['NaN'],
    ['1.0000000001'],
    ['1'.repeat(31)],
    ['1'.repeat(1_000_000)],
    ['١'],
    [null],
    [undefined],
    [true],
    [1n],
    [{}],
    [['1']],
    [q('1')],
  ])('refuses %s', (input) => {
    const result = parseQuantity(input);
    expect(result.ok).toBe(false);
    expect(result.ok || result.message.length).toBeLessThan(260);
  });

  it.each([[0.1 + 0.2], [2 ** 53], [1e-10]])('says to send %s as a decimal string', (input) => {
    expect(parseQuantity(input)).toMatchObject({ message: expect.stringContaining('decimal string') });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(typeof parseQuantity(input).ok).toBe('boolean');
      }),
    );
  });
});

describe('quantityToJson', () => {
  it.each<[string, number | string]>([
    ['0', 0],
    ['-0.5', -0.5],
    ['0.1', 0.1],
    ['0.000000001', 1e-9],
    ['123456789012345', 123456789012345],
    ['1234567890123456', '1234567890123456'],
    ['123456.789012345', 123456.789012345],
    ['1234567.890123456', '1234567.890123456'],
    ['100000000000000000000', '100000000000000000000'],
  ])('%s -> %j', (text, expected) => {
    expect(quantityToJson(q(text))).toBe(expected);
  });

  it('is read back from JSON text by both readers, to the same decimal', () => {
    fc.assert(
      fc.property(quantities, ({ value }) => {
        const json = JSON.parse(JSON.stringify({ value })).value;
        expect(formatQuantity(quantityFromJson(json))).toBe(formatQuantity(value));
        expect(taken(json)).toBe(formatQuantity(value));
      }),
    );
  });

  it('throws on what it did not write', () => {
    expect(() => quantityFromJson('1e5')).toThrow(RangeError);
    expect(() => quantityFromJson(Number.NaN)).toThrow(RangeError);
  });
});

describe('formatQuantity', () => {
  it('is canonical: equal values have one text, without exponent, trailing zeros or "-0"', () => {
    fc.assert(
      fc.property(quantities, ({ value }) => {
        const text = formatQuantity(value);
        expect(text).toMatch(/^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d{0,8}[1-9])$/);
        expect(q(text).equals(value)).toBe(true);
      }),
    );
  });
});

describe('arithmetic', () => {
  it('agrees with whole billionths', () => {
    fc.assert(
      fc.property(quantities, quantities, (left, right) => {
        const { billionths: a } = left;
        const { billionths: b } = right;
        expect(left.value.add(right.value)).toEqual(fromBillionths(a + b));
        expect(left.value.subtract(right.value)).toEqual(fromBillionths(a - b));
        expect(left.value.negate()).toEqual(fromBillionths(-a));
        expect(left.value.compare(right.value)).toBe(a === b ? 0 : a < b ? -1 : 1);
        expect(left.value.isNegative()).toBe(a < 0n);
        expect(left.value.isZero()).toBe(a === 0n);
      }),
    );
  });

  it('multiplies by a whole number exactly', () => {
    fc.assert(
      fc.property(quantities, fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), (left, times) => {
        expect(left.value.multiply(q(times))).toEqual(fromBillionths(left.billionths * times));
      }),
    );
  });

  it('10 x 0.1 = 1, added one by one', () => {
    const sum = Array.from({ length: 10 }, () => q('0.1')).reduce((total, next) => total.add(next));
    expect(formatQuantity(sum)).toBe('1');
  });

  it('n additions of a billionth are n billionths, so 1e9 of them are 1', () => {
    const billionth = q('0.000000001');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        const added = Array.from({ length: count }, () => billionth).reduce((sum, next) => sum.add(next));
        expect(added).toEqual(billionth.multiply(q(count)));
      }),
    );
    expect(formatQuantity(billionth.multiply(q(1_000_000_000)))).toBe('1');
    expect(formatQuantity(q('0.999999999').add(billionth))).toBe('1');
  });

  it('throws when a product is not exact in 9 places, or runs away', () => {
    expect(() => q('0.00001').multiply(q('0.00001'))).toThrow(/Rational/);
    const huge = q('9'.repeat(60));
    expect(() => huge.multiply(huge)).toThrow(RangeError);
    expect(() => huge.add(huge)).toThrow(RangeError);
  });

  it.each<[string, string, string]>([
    ['3 x 0.10', '0.10 3', '0.3'],
    ['1,000,000 x 0.000001', '0.000001 1000000', '1'],
    ['75 units, 0-50 @0.0075, then @0.0025', '0.0075 50, 0.0025 25', '0.4375'],
    ['250 graduated', '0.1 100, 0.05 150', '17.5'],
    ['250 by volume', '0.05 250', '12.5'],
    ['1000 graduated', '0.1 100, 0.05 400, 0.02 500', '40'],
    ['1000 by volume', '0.02 1000', '20'],
    ['-250 graduated as a credit', '-0.1 100, -0.05 150', '-17.5'],
  ])('O55 (Autumn, line-item-utils): %s', (_name, products, expected) => {
    const sum = products
      .split(', ')
      .map((product) => product.split(' ').map((factor) => q(factor)))
      .map(([price = Quantity.zero, units = Quantity.zero]) => price.multiply(units))
      .reduce((total, part) => total.add(part), Quantity.zero);
    expect(formatQuantity(sum)).toBe(expected);
  });
});

describe('Quantity', () => {
  it('is frozen, and read as text only', () => {
    const value = q('1.50');
    expect(Object.isFrozen(value)).toBe(true);
    expect(`${value}`).toBe('1.5');
    expect(() => Number(value)).toThrow(TypeError);
    expect(() => value < q('2')).toThrow(TypeError);
  });

  it('is out of reach of the global configuration', () => {
    const before = BigNumber.config();
    BigNumber.config({ EXPONENTIAL_AT: 0, DECIMAL_PLACES: 0, RANGE: 1, STRICT: false });
    try {
      expect(formatQuantity(q('123456.789').add(q('0.000000001')))).toBe('123456.789000001');
    } finally {
      BigNumber.config(before);
    }
  });
});

function taken(input: unknown): string {
  const result = parseQuantity(input);
  if (!result.ok) throw new Error(result.message);
  return formatQuantity(result.value);
}
