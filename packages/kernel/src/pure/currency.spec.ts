import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyExponent, currencyOf, parseCurrency } from './currency.js';

describe('currencyExponent', () => {
  it.each<[string, number]>([
    ['USD', 2],
    ['EUR', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['XAF', 0],
    ['XPF', 0],
    ['KWD', 3],
    ['BHD', 3],
    ['TND', 3],
    ['XCD', 2],
    ['ZWG', 2],
    ['XCG', 2],
  ])('%s has %i places', (code, expected) => {
    expect(currencyExponent(code)).toBe(expected);
    expect(parseCurrency(code)).toEqual({ ok: true, value: code });
  });
});

describe('parseCurrency', () => {
  it.each<[unknown]>([
    ['usd'],
    ['Usd'],
    ['USD '],
    ['US'],
    ['USDT'],
    ['AAA'],
    ['XXX'],
    ['XTS'],
    ['XAU'],
    ['XDR'],
    ['CLF'],
    ['BOV'],
    ['USN'],
    [''],
    ['__proto__'],
    ['constructor'],
    ['840'],
    [840],
    [null],
    [['USD']],
  ])('refuses %j', (input) => {
    expect(parseCurrency(input)).toMatchObject({ ok: false, message: expect.stringContaining('ISO 4217') });
  });

  it('takes nothing but three capitals', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        const result = parseCurrency(input);
        if (result.ok) expect(result.value).toMatch(/^[A-Z]{3}$/);
      }),
    );
  });
});

describe('currencyOf', () => {
  it('throws on what parseCurrency refuses', () => {
    expect(currencyOf('USD')).toBe('USD');
    expect(() => currencyOf('XXX')).toThrow(RangeError);
    expect(() => currencyExponent('XXX')).toThrow(RangeError);
  });
});
