import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelOfItem } from './usage.level.js';
import { UsageModel, type Use, type UsePlace } from './usage.rules.fixture.js';

const LIMITS = [
  { tenantCode: 'top', metric: 'apiCalls', limit: '12', isEnforced: true },
  { tenantCode: 'top', metric: 'storageUsedGb', limit: '9', isEnforced: true },
];

const place = fc
  .record({ isChild: fc.boolean(), admission: fc.constantFrom(null, LIMITS) })
  .map(({ isChild, admission }): UsePlace => {
    return { tenantCode: isChild ? 'child' : 'top', pooledWith: isChild ? ['top'] : [], admission };
  });

const day = fc
  .record({ month: fc.integer({ min: 1, max: 4 }), day: fc.integer({ min: 1, max: 28 }) })
  .map(({ month, day: of }) => `2024-0${month}-${String(of).padStart(2, '0')}T00:00:00.000Z`);

const use: fc.Arbitrary<Use> = fc.oneof(
  fc.record({
    metric: fc.constant('apiCalls'),
    at: day,
    add: fc.integer({ min: 1, max: 5 }).map(String),
  }),
  fc.record({
    metric: fc.constant('storageUsedGb'),
    at: day,
    add: fc.integer({ min: -4, max: 6 }).map(String),
  }),
  fc.record({
    metric: fc.constant('storageUsedGb'),
    at: day,
    set: fc.integer({ min: 0, max: 8 }).map(String),
  }),
);

const request = fc.record({ place, uses: fc.array(use, { minLength: 1, maxLength: 4 }) });

describe('requests that arrive together', () => {
  it('come out as one after the other, also where some of them are refused', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.array(request, { maxLength: 6 }), { maxLength: 3 }), (groups) => {
        const [together, apart] = [new UsageModel(), new UsageModel()];
        for (const group of groups) {
          const expected = group.map((each) => apart.settle(each.place, each.uses));
          expect(together.settleTogether(group)).toEqual(expected);
          refused += expected.filter(({ status }) => status !== 'settled').length;
          for (const code of ['top', 'child'])
            expect(statesOf(together, code)).toEqual(statesOf(apart, code));
        }
      }),
    );
    expect(refused).toBeGreaterThan(0);
  });
});

/** Months and what is in them; how many commands it took is another matter, and so is a 0 that is not written. */
function statesOf(model: UsageModel, code: string) {
  return model.monthsOf(code).map((item) => {
    const level = [...levelOfItem(item)].filter(([, quantity]) => !quantity.isZero());
    const levels = level.map(([name, quantity]) => `${name}=${quantity}`).sort();
    return [item.sk, levels, item.attributes.gaugeSetAtMs];
  });
}
