import { Quantity } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carriedLevel, levelOfItem } from './usage.level.js';
import { CARRIED, sumOf, UsageModel, type Use } from './usage.rules.fixture.js';

const STORAGE = 'storageUsedGb';
const STARTS_AT_MS = Date.UTC(2024, 0, 1);
const HOUR_MS = 3_600_000;

/** Distinct instants of the first half of 2024, in order. */
const times = fc
  .uniqueArray(fc.integer({ min: 0, max: 182 * 24 - 1 }), { minLength: 1, maxLength: 25 })
  .map((hours) => hours.sort((left, right) => left - right).map(instantOf));
const amount = fc
  .integer({ min: 1, max: 20_000_000 })
  .map((thousandths) => Quantity.of(thousandths).multiply(Quantity.of('0.001')).toString());

function instantOf(hour: number): string {
  return new Date(STARTS_AT_MS + hour * HOUR_MS).toISOString();
}

function usesOf(use: fc.Arbitrary<Omit<Use, 'at'>>): fc.Arbitrary<Use[]> {
  return times.chain((instants) =>
    fc
      .array(use, { minLength: instants.length, maxLength: instants.length })
      .map((uses) => uses.flatMap((each, index) => ({ ...each, at: instants[index] ?? '' }))),
  );
}

function shuffled(uses: fc.Arbitrary<Use[]>): fc.Arbitrary<{ inOrder: Use[]; mixed: Use[] }> {
  return uses.chain((inOrder) =>
    fc.shuffledSubarray(inOrder, { minLength: inOrder.length }).map((mixed) => ({ inOrder, mixed })),
  );
}

const call = amount.map((add) => ({ metric: 'apiCalls', add }));
const growth = amount.map((add) => ({ metric: STORAGE, add }));
const setting = amount.map((set) => ({ metric: STORAGE, set }));
const change = fc.oneof(
  growth,
  setting,
  call,
  amount.map((add) => ({ metric: STORAGE, add: `-${add}` })),
);

function recorded(requests: readonly (readonly Use[])[]): UsageModel {
  const model = new UsageModel();
  for (const uses of requests) expect(model.record(...uses)).toBe('settled');
  return model;
}

function attributesOf(model: UsageModel) {
  return model.months.map(({ sk, attributes }) => ({ sk, attributes }));
}

/** Cuts a list into requests at the given places. */
function split(uses: readonly Use[], cuts: readonly number[]): Use[][] {
  const places = [...new Set(cuts.map((cut) => cut % uses.length))].sort((left, right) => left - right);
  const edges = [0, ...places.filter((place) => place > 0), uses.length];
  return edges.slice(1).map((to, index) => uses.slice(edges[index], to));
}

const cuts = fc.array(fc.nat({ max: 1_000 }), { maxLength: 8 });

/** Each change, but no further down than to 0. */
function neverBelowZero(uses: readonly Use[]): Use[] {
  let level = Quantity.zero;
  return uses.map((use) => {
    if (use.metric !== STORAGE) return use;
    if (use.set !== undefined) level = Quantity.of(use.set);
    const after = level.add(Quantity.of(use.add ?? '0'));
    if (!after.isNegative()) {
      level = after;
      return use;
    }
    const down = { ...use, add: level.negate().toString() };
    level = Quantity.zero;
    return down;
  });
}

describe('a sum', () => {
  it('is the sum, month by month, whatever the order and the requests', () => {
    fc.assert(
      fc.property(shuffled(usesOf(call)), cuts, ({ inOrder, mixed }, places) => {
        const levels = recorded(split(mixed, places)).levels('apiCalls');
        const months = new Set(inOrder.map(({ at }) => at.slice(0, 7)));
        for (const month of months) {
          const own = inOrder.filter(({ at }) => at.startsWith(month));
          expect(levels[month]).toBe(sumOf(own.map(({ add }) => add ?? '')));
        }
        expect(Object.keys(levels)).toHaveLength(months.size);
      }),
    );
  });
});

describe('a gauge', () => {
  it('ends the same in one request as in several, when events come in the order of time', () => {
    fc.assert(
      fc.property(usesOf(change).map(neverBelowZero), cuts, (uses, places) => {
        expect(attributesOf(recorded(split(uses, places)))).toEqual(attributesOf(recorded([uses])));
      }),
    );
  });

  it('is in each month what had been added until its end, in whatever order events and months came', () => {
    fc.assert(
      fc.property(shuffled(usesOf(fc.oneof(growth, call))), cuts, ({ inOrder, mixed }, places) => {
        const levels = recorded(split(mixed, places)).levels(STORAGE);
        for (const [month, level] of Object.entries(levels)) {
          const until = inOrder.filter(({ metric, at }) => metric === STORAGE && at.slice(0, 7) <= month);
          expect(level).toBe(sumOf(until.map(({ add }) => add ?? '')));
        }
      }),
    );
  });

  it('is in each month what it was last set to until its end, in whatever order', () => {
    fc.assert(
      fc.property(shuffled(usesOf(fc.oneof(setting, call))), cuts, ({ inOrder, mixed }, places) => {
        const levels = recorded(split(mixed, places)).levels(STORAGE);
        for (const [month, level] of Object.entries(levels)) {
          const latest = inOrder.findLast(({ set, at }) => set !== undefined && at.slice(0, 7) <= month);
          expect(level).toBe(latest?.set ?? '0');
        }
      }),
    );
  });

  it('moves by a late delta from its month up to the first setting', () => {
    const late = fc.record({ month: fc.integer({ min: 0, max: 5 }), add: amount });
    fc.assert(
      fc.property(usesOf(fc.oneof(growth, setting, call)), late, (uses, { month, add }) => {
        const own = new Date(Date.UTC(2024, month + 1, 0, 23, 30)).toISOString();
        const before = recorded([uses, [{ metric: STORAGE, at: own, add: '0' }]]);
        const after = recorded([uses, [{ metric: STORAGE, at: own, add }]]);
        const stop = uses.find(({ set, at }) => set !== undefined && at > own)?.at.slice(0, 7) ?? '9999-12';
        for (const [code, level] of Object.entries(before.levels(STORAGE))) {
          const isMoved = code >= own.slice(0, 7) && code < stop;
          expect(after.levels(STORAGE)[code]).toBe(isMoved ? sumOf([level, add]) : level);
        }
      }),
    );
  });

  it('carries into the month after the last', () => {
    fc.assert(
      fc.property(usesOf(change).map(neverBelowZero), (uses) => {
        const last = recorded([uses]).months.at(-1);
        const carried = carriedLevel(last && levelOfItem(last), CARRIED);
        expect(carried.get(STORAGE)?.toString()).toBe(String(last?.attributes[STORAGE]));
        expect(carried.get('apiCalls')?.isZero()).toBe(true);
      }),
    );
  });
});

it('no level is ever below 0, and a refused request leaves nothing', () => {
  fc.assert(
    fc.property(shuffled(usesOf(change)), cuts, ({ mixed }, places) => {
      const model = new UsageModel();
      for (const uses of split(mixed, places)) {
        const before = model.months;
        const outcome = model.record(...uses);
        if (outcome !== 'settled') {
          expect(uses[outcome.index]?.metric).toBe(STORAGE);
          expect(model.months).toEqual(before);
        }
        for (const level of Object.values(model.levels(STORAGE)))
          expect(Number(level)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
