import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from './allocation.js';

const totals = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const weightLists = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 6n }), { minLength: 1, maxLength: 30 })
  .filter((weights) => weights.some((weight) => weight > 0n));

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const sorted = (values: readonly bigint[]): bigint[] =>
  values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));

describe('allocate', () => {
  it.each<[bigint, bigint[], bigint[]]>([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [-100n, [1n, 1n, 1n], [-34n, -33n, -33n]],
    [101n, [1n, 1n, 1n], [34n, 34n, 33n]],
    [0n, [1n, 2n], [0n, 0n]],
    [7n, [5n], [7n]],
    [1n, [1n, 1n, 2n], [0n, 0n, 1n]],
    [5n, [0n, 3n, 0n], [0n, 5n, 0n]],
    [1000n, [10000n, 5000n, 3000n, 2000n], [500n, 250n, 150n, 100n]],
    [10n, [6n, 3n, 1n], [6n, 3n, 1n]],
  ])('%s by %s', (total, weights, expected) => {
    expect(allocate(total, weights)).toEqual(expected);
  });

  it('conserves the whole, and each share is within one of its exact part', () => {
    fc.assert(
      fc.property(totals, weightLists, (total, weights) => {
        const shares = allocate(total, weights);
        const whole = sum(weights);
        expect(sum(shares)).toBe(total);
        shares.forEach((share, index) => {
          const distance = share * whole - total * (weights[index] ?? 0n);
          expect(distance > -whole && distance < whole).toBe(true);
        });
      }),
    );
  });

  it('mirrors for a negative whole', () => {
    fc.assert(
      fc.property(totals, weightLists, (total, weights) => {
        expect(allocate(-total, weights)).toEqual(allocate(total, weights).map((share) => -share));
      }),
    );
  });

  it('gives the heavier no less, nothing to nobody, and the first no less among equals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 9n }), weightLists, (total, weights) => {
        const shares = allocate(total, weights);
        const pairs = weights.map((weight, index) => ({ weight, share: shares[index] ?? 0n }));
        const ordered = pairs.toSorted((a, b) => (a.weight < b.weight ? 1 : a.weight > b.weight ? -1 : 0));
        ordered.slice(1).forEach((pair, index) => {
          expect((ordered[index]?.share ?? 0n) >= pair.share).toBe(true);
        });
        for (const { weight, share } of pairs) if (weight === 0n) expect(share).toBe(0n);
      }),
    );
  });

  it('gives the odd unit of equal remainders to the larger weight, wherever it stands', () => {
    expect(allocate(-238_206_814_840_710n, [6n, 2n])).toEqual([-178_655_111_130_533n, -59_551_703_710_177n]);
    expect(allocate(-238_206_814_840_710n, [2n, 6n])).toEqual([-59_551_703_710_177n, -178_655_111_130_533n]);
  });

  it('gives the same shares in whatever order the weights come', () => {
    fc.assert(
      fc.property(totals, weightLists, (total, weights) => {
        expect(sorted(allocate(total, weights.toReversed()))).toEqual(sorted(allocate(total, weights)));
      }),
    );
  });

  it.each<[string, bigint[]]>([
    ['no weights', []],
    ['only zero weights', [0n, 0n]],
    ['a negative weight', [2n, -1n]],
    ['too many', Array.from({ length: 100_001 }, () => 1n)],
  ])('refuses %s', (_name, weights) => {
    expect(() => allocate(1n, weights)).toThrow(RangeError);
  });
});
