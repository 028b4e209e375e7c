import { Quantity } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { levelOfItem } from './usage.level.js';
import { CARRIED, METERS, UsageModel, type Use } from './usage.rules.fixture.js';

const STARTS_AT_MS = Date.UTC(2024, 0, 1);
const HOUR_MS = 3_600_000;

const at = fc
  .integer({ min: 0, max: 182 * 24 - 1 })
  .map((hour) => new Date(STARTS_AT_MS + hour * HOUR_MS + 1).toISOString());
const amount = fc
  .integer({ min: 1, max: 20_000 })
  .map((thousandths) => Quantity.of(thousandths).multiply(Quantity.of('0.001')).toString());
const metrics = fc.constantFrom(...METERS.active.map(({ metric }) => metric));

/** One of every kind of use there is, in any order of time. */
const use: fc.Arbitrary<Use> = fc
  .record({ metric: metrics, at, amount, way: fc.nat(2), who: fc.nat(3) })
  .map(({ metric, at: when, amount: size, way, who }) => {
    const kind = METERS.find(metric)?.kind;
    if (kind === 'unique') return { metric, at: when, value: `v${who}` };
    if (kind !== 'gauge' || way === 0) return { metric, at: when, add: size };
    return way === 1 ? { metric, at: when, set: size } : { metric, at: when, add: `-${size}` };
  });

it('the hours of a month add up to what the month changed by, for every kind of meter, however late events come', () => {
  fc.assert(
    fc.property(fc.array(fc.array(use, { minLength: 1, maxLength: 4 }), { maxLength: 25 }), (requests) => {
      const model = new UsageModel();
      for (const uses of requests) model.record(...uses);
      for (const { metric } of METERS.active)
        expect(hoursOf(model, metric)).toEqual(changesOf(model, metric));
    }),
    { numRuns: 300 },
  );
});

it('every event that was taken is counted once, in its own hour', () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 25 }), (uses) => {
      const model = new UsageModel();
      const taken = uses.filter((each) => model.record(each) === 'settled');
      const counted = model.effects
        .filter(({ count }) => count === 1)
        .map(({ hour, metric }) => [hour, metric]);
      expect(counted).toEqual(
        taken.map(({ at: when, metric }) => [`${when.slice(0, 13)}:00:00.000Z`, metric]),
      );
    }),
  );
});

/** By month, without zeros. */
function hoursOf(model: UsageModel, metric: string): Record<string, string> {
  const sums = new Map<string, Quantity>();
  for (const effect of model.effects.filter((each) => each.metric === metric)) {
    const month = effect.hour.slice(0, 7);
    sums.set(month, (sums.get(month) ?? Quantity.zero).add(Quantity.of(effect.quantity)));
  }
  return withoutZeros([...sums]);
}

function changesOf(model: UsageModel, metric: string): Record<string, string> {
  let before = Quantity.zero;
  const changes = model.months.map((item): [string, Quantity] => {
    const level = levelOfItem(item).get(metric) ?? Quantity.zero;
    const change = level.subtract(before);
    before = CARRIED.has(metric) ? level : Quantity.zero;
    return [item.code, change];
  });
  return withoutZeros(changes);
}

function withoutZeros(entries: [string, Quantity][]): Record<string, string> {
  const kept = entries.filter(([, quantity]) => !quantity.isZero()).sort();
  return Object.fromEntries(kept.map(([month, quantity]) => [month, quantity.toString()]));
}
