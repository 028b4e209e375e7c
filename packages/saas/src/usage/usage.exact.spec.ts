import { Quantity } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALONE, UsageModel } from './usage.rules.fixture.js';

const AT = '2024-01-09T12:00:00.000Z';

function usesOf(metric: string, { add, count }: { add: string; count: number }) {
  return Array.from({ length: count }, () => ({ metric, at: AT, add }));
}

describe('amounts', () => {
  it('10 times 0.1 is 1, of every meter that adds', () => {
    for (const metric of ['apiCalls', 'storageUsedGb', 'total', 'level']) {
      const model = new UsageModel();
      for (let count = 0; count < 10; count += 1)
        model.settle(ALONE, usesOf(metric, { add: '0.1', count: 1 }));
      expect(model.levels(metric)).toEqual({ '2024-01': '1' });
    }
  });

  /**
   * A thousand million of the smallest come to 1: 300,000 are counted one by one, and a level takes any of the amounts in
   * between exactly, since adding n of them is adding n times as much (below).
   */
  it('300,000 of 0.000000001 are 0.0003, and a thousand million of them 1', () => {
    const model = new UsageModel();
    const uses = usesOf('apiCalls', { add: '0.000000001', count: 10_000 });
    for (let request = 0; request < 30; request += 1) model.settle(ALONE, uses);
    expect(model.levels('apiCalls')).toEqual({ '2024-01': '0.0003' });
    model.settle(ALONE, usesOf('apiCalls', { add: '0.9997', count: 1 }));
    expect(model.levels('apiCalls')).toEqual({ '2024-01': '1' });
    const all = Quantity.of('0.000000001').multiply(Quantity.of(1_000_000_000));
    expect(all.equals(Quantity.one)).toBe(true);
  });

  it('adding n of an amount one after the other, from any level, is adding n times as much', () => {
    const units = fc.bigInt({ min: 0n, max: 10n ** 24n });
    fc.assert(
      fc.property(units, units, fc.integer({ min: 1, max: 300 }), (start, unit, count) => {
        const smallest = Quantity.of('0.000000001');
        const amount = Quantity.of(unit).multiply(smallest);
        let level = Quantity.of(start).multiply(smallest);
        for (let added = 0; added < count; added += 1) level = level.add(amount);
        const expected = (start + unit * BigInt(count)).toString().padStart(10, '0');
        const whole = Quantity.of(`${expected.slice(0, -9)}.${expected.slice(-9)}`);
        expect(level.toString()).toBe(whole.toString());
      }),
    );
  });
});
