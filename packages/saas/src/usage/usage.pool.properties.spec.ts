import { Quantity } from '@landlord/kernel/pure';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_METERS } from './meter.js';
import { carriedLevel, levelOfItem, pooledName } from './usage.level.js';
import { CARRIED, UsageModel, type Use, type UsePlace } from './usage.rules.fixture.js';

/** top <- mid <- a, b; and c directly below top. */
const PLACES: readonly UsePlace[] = [
  { tenantCode: 'top', pooledWith: [], admission: null },
  { tenantCode: 'mid', pooledWith: ['top'], admission: null },
  { tenantCode: 'a', pooledWith: ['mid', 'top'], admission: null },
  { tenantCode: 'b', pooledWith: ['mid', 'top'], admission: null },
  { tenantCode: 'c', pooledWith: ['top'], admission: null },
];
const MONTHS = ['2024-01', '2024-02', '2024-03', '2024-04'];

const use: fc.Arbitrary<Use> = fc
  .record({
    metric: fc.constantFrom(...BUILT_IN_METERS.map(({ metric }) => metric)),
    month: fc.constantFrom(...MONTHS),
    day: fc.integer({ min: 1, max: 28 }),
    amount: fc.integer({ min: 1, max: 50 }).map((tenths) => String(tenths / 10)),
    kind: fc.constantFrom('up', 'down', 'set'),
  })
  .map(({ metric, month, day, amount, kind }) => {
    const at = `${month}-${String(day).padStart(2, '0')}T12:00:00.000Z`;
    if (metric === 'apiCalls') return { metric, at, add: amount };
    if (kind === 'set') return { metric, at, set: amount };
    return { metric, at, add: kind === 'up' ? amount : `-${amount}` };
  });

const steps = fc.array(fc.record({ place: fc.constantFrom(...PLACES), use }), { maxLength: 40 });

/** How a tenant stands in a month, whether it has an item or not. */
function levelAt(model: UsageModel, tenantCode: string, month: string): ReadonlyMap<string, Quantity> {
  const item = model.monthsOf(tenantCode).findLast(({ code }) => code <= month);
  if (!item) return carriedLevel(undefined, CARRIED);
  return item.code === month ? levelOfItem(item) : carriedLevel(levelOfItem(item), CARRIED);
}

function below(tenantCode: string): string[] {
  return PLACES.filter(({ pooledWith }) => pooledWith.includes(tenantCode)).map((place) => place.tenantCode);
}

describe('a pool', () => {
  it('is in every month what the tenants below use together, whatever came late or was set', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const model = new UsageModel();
        for (const step of history) model.settle(step.place, [step.use]);
        for (const { tenantCode } of PLACES) {
          for (const month of MONTHS) {
            const level = levelAt(model, tenantCode, month);
            for (const { metric } of BUILT_IN_METERS) {
              const used = below(tenantCode).map(
                (code) => levelAt(model, code, month).get(metric) ?? Quantity.zero,
              );
              const sum = used.reduce((left, right) => left.add(right), Quantity.zero);
              const pooled = level.get(pooledName(metric)) ?? Quantity.zero;
              expect([tenantCode, month, metric, pooled.toString()]).toEqual([
                tenantCode,
                month,
                metric,
                sum.toString(),
              ]);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is never taken beyond a limit by admissions, and admits whatever fits', () => {
    const limits = fc.record({ top: fc.integer({ min: 0, max: 40 }), a: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(steps, limits, (history, { top, a }) => {
        const model = new UsageModel();
        for (const { place, use: asked } of history) {
          const { metric } = asked;
          const limitOf = (tenantCode: string, value: number) => ({
            tenantCode,
            metric,
            limit: String(value),
            isEnforced: true,
          });
          const admission = [limitOf('top', top), ...(place.tenantCode === 'a' ? [limitOf('a', a)] : [])];
          const before = totals(model, asked);
          const outcome = model.settle({ ...place, admission }, [asked]);
          const after = totals(model, asked);
          if (outcome.status !== 'not_admitted') {
            for (const [name, bound] of Object.entries({ top, a })) {
              const isRaised = (after[name] ?? 0) > (before[name] ?? 0);
              if (isRaised && (name === 'top' || place.tenantCode === 'a'))
                expect(after[name]).toBeLessThanOrEqual(bound);
            }
            continue;
          }
          expect(after).toEqual(before);
          const { current, limit } = outcome.standing;
          if (metric === 'apiCalls') expect(Number(limit) - Number(current)).toBeLessThan(Number(asked.add));
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** What counts against the limits of `top` and `a` in the month of a use. */
function totals(model: UsageModel, { metric, at }: Use): Record<string, number> {
  const total = (tenantCode: string) => {
    const level = levelAt(model, tenantCode, at.slice(0, 7));
    const sum = (level.get(metric) ?? Quantity.zero).add(level.get(pooledName(metric)) ?? Quantity.zero);
    return Number(sum.toString());
  };
  return { top: total('top'), a: total('a') };
}
