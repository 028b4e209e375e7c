import { currencyOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { requirePriced } from './plan.price.js';

const [USD, JPY, EUR] = [currencyOf('USD'), currencyOf('JPY'), currencyOf('EUR')];
const plan = {
  code: 'big',
  currency: USD,
  monthlyPrice: 9_007_199_254,
  yearlyPrice: 0,
  prices: { JPY: { monthly: 1, yearly: 900_719_925_474_099 } },
};

describe('a plan is taken', () => {
  it.each([
    [USD, 1_000_000, null],
    [USD, 1_000_001, 'quantity'],
    [JPY, 10, null],
    [JPY, 11, 'quantity'],
    [EUR, 1, 'planCode'],
  ] as const)('in %s, %s of it: wrong is %s', (currency, quantity, path) => {
    const taken = () => requirePriced(plan, { currency, quantity }, 'planCode');
    if (path === null) expect(taken).not.toThrow();
    else
      expect(taken).toThrow(
        expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ path })] }),
      );
  });
});
