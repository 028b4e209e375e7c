import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareKeys,
  compareText,
  generateId,
  generatePk,
  isTenantCode,
  KEY_BYTES_LIMIT,
  keyFlaw,
  tenantCodeFlaw,
  tenantOfPk,
  tenantPk,
} from './keys.js';

it('joins keys with the separator', () => {
  expect(generatePk('TENANT', 'acme-corp')).toBe('TENANT#acme-corp');
  expect(tenantPk('acme-corp')).toBe('TENANT#acme-corp');
  expect(generateId('TENANT#acme', 'MASTER')).toBe('TENANT#acme#MASTER');
});

describe('tenant codes', () => {
  it.each([['a'], ['7'], ['acme-corp'], ['a--b'], ['0-9'], ['a'.repeat(63)]])('takes %s', (code) => {
    expect(isTenantCode(code)).toBe(true);
    expect(tenantCodeFlaw(code)).toBeNull();
    expect(tenantOfPk(tenantPk(code))).toBe(code);
  });

  it.each([
    [''],
    ['A'],
    ['Acme'],
    ['-acme'],
    ['acme-'],
    ['ac me'],
    ['ac_me'],
    ['ac.me'],
    ['ac#me'],
    ['ac@me'],
    ['acmé'],
    ['acme\n'],
    ['\u0430cme'],
    ['a'.repeat(64)],
    ['../x'],
  ])('refuses %j as a partition too', (code) => {
    expect(isTenantCode(code)).toBe(false);
    expect(tenantCodeFlaw(code)).toMatch(/1 to 63 lower-case/);
    expect(tenantOfPk(tenantPk(code))).toBeNull();
  });

  it.each([['common'], ['system']])('keeps %s for itself', (code) => {
    expect(isTenantCode(code)).toBe(false);
    expect(tenantCodeFlaw(code)).toBe(`"${code}" is reserved; choose another code`);
  });
});

it.each<[string, string | null]>([
  ['MASTER#COMMON', 'common'],
  ['TENANT#acme', 'acme'],
  ['TENANT#acme#x', null],
  ['TENANT#', null],
  ['#acme', null],
  ['acme', null],
  ['', null],
])('the partition %j is of %s', (pk, owner) => {
  expect(tenantOfPk(pk)).toBe(owner);
});

describe('the order of keys', () => {
  it.each<[string, string, -1 | 0 | 1]>([
    ['a', 'a', 0],
    ['a', 'b', -1],
    ['a', 'aa', -1],
    ['B', 'a', -1],
    ['USAGE#2024-09', 'USAGE#2024-10', -1],
    // In UTF-16 the emoji would come first.
    ['\u{1F600}', '\uFFFD', 1],
    ['é', 'z', 1],
  ])('of %s and %s is %i', (left, right, expected) => {
    expect(Math.sign(compareText(left, right))).toBe(expected);
    expect(Math.sign(compareText(right, left)) + expected).toBe(0);
  });

  it('is by pk first', () => {
    const keys = [
      { pk: 'b', sk: 'a' },
      { pk: 'a', sk: 'c' },
      { pk: 'a', sk: 'b' },
    ];
    expect(keys.sort(compareKeys).map(({ pk, sk }) => pk + sk)).toEqual(['ab', 'ac', 'ba']);
  });

  it('is the order of code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const points = (text: string) => Array.from(text, (each) => each.codePointAt(0) ?? 0);
        expect(Math.sign(compareText(left, right))).toBe(compareNumbers(points(left), points(right)));
      }),
    );
  });
});

describe('keyFlaw', () => {
  const longest = 'é'.repeat(KEY_BYTES_LIMIT / 2);

  it.each<[string, string, string | null]>([
    ['TENANT#acme', 'MASTER', null],
    ['TENANT#acme', longest, null],
    ['', 'MASTER', 'pk is empty'],
    ['TENANT#acme', '', 'sk is empty'],
    ['TENANT#acme', `${longest}x`, `sk is longer than ${KEY_BYTES_LIMIT} bytes`],
    ['TENANT#acme', 'a\u0000', 'sk is not storable text'],
    ['TENANT#\udc00', 'a', 'pk is not storable text'],
  ])('of %s and %s', (pk, sk, expected) => {
    expect(keyFlaw({ pk, sk })).toBe(expected);
  });
});

function compareNumbers(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((value, index) => value !== right[index]);
  if (at === -1) return Math.sign(left.length - right.length);
  return Math.sign((left[at] ?? 0) - (right[at] ?? -1));
}
