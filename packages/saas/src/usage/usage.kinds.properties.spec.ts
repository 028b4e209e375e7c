import { Quantity } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carriedLevel, type Level, levelOfItem, pooledName } from './usage.level.js';
import { CARRIED, OWN_METERS, UsageModel, type Use, type UsePlace } from './usage.rules.fixture.js';

const MONTHS = ['2024-01', '2024-02', '2024-03', '2024-04'];

/** top <- mid <- a, b; and c directly below top. */
const PLACES: readonly UsePlace[] = [
  { tenantCode: 'top', pooledWith: [], admission: null },
  { tenantCode: 'mid', pooledWith: ['top'], admission: null },
  { tenantCode: 'a', pooledWith: ['mid', 'top'], admission: null },
  { tenantCode: 'b', pooledWith: ['mid', 'top'], admission: null },
  { tenantCode: 'c', pooledWith: ['top'], admission: null },
];

interface Step {
  readonly place: UsePlace;
  readonly uses: readonly Use[];
}

const amount = fc.integer({ min: 0, max: 40 }).map((tenths) => String(tenths / 10));

const use: fc.Arbitrary<Use> = fc
  .record({
    metric: fc.constantFrom(...OWN_METERS.map(({ metric }) => metric)),
    month: fc.constantFrom(...MONTHS),
    // Few days, so that several events meet at one instant.
    day: fc.constantFrom('02', '09', '17'),
    add: amount,
    isSet: fc.boolean(),
    value: fc.constantFrom('ada', 'bob', 'cy'),
  })
  .map(({ metric, month, day, add, isSet, value }) => {
    const at = `${month}-${day}T12:00:00.000Z`;
    if (metric === 'visitors' || metric === 'people') return { metric, at, value };
    return metric === 'level' && isSet ? { metric, at, set: add } : { metric, at, add };
  });

/** Late events everywhere, several in a request. */
const history: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ place: fc.constantFrom(...PLACES), uses: fc.array(use, { minLength: 1, maxLength: 4 }) }),
  { maxLength: 25 },
);

function levelAt(model: UsageModel, tenantCode: string, month: string): Level {
  const item = model.monthsOf(tenantCode).findLast(({ code }) => code <= month);
  if (!item) return carriedLevel(undefined, CARRIED);
  return item.code === month ? levelOfItem(item) : carriedLevel(levelOfItem(item), CARRIED);
}

function shown(level: Level, name: string): string {
  return (level.get(name) ?? Quantity.zero).toString();
}

function sum(values: readonly string[]): string {
  return values.reduce((total, value) => total.add(Quantity.of(value)), Quantity.zero).toString();
}

function highest(values: readonly string[]): string {
  return String(Math.max(0, ...values.map(Number)));
}

/** The value with the newest timestamp; of several the one that came last. */
function newest(uses: readonly Use[]): string {
  const latest = uses.reduce<Use | null>(
    (before, next) => (before && next.at < before.at ? before : next),
    null,
  );
  return latest?.add ?? '0';
}

/** A level in its month: a setting supersedes what happened before it, also what comes in later. */
function levelled(uses: readonly Use[]): string {
  let level = Quantity.zero;
  let setAt = '';
  for (const { at, add = '0', set } of uses) {
    if (at < setAt) continue;
    level = set === undefined ? level.add(Quantity.of(add)) : Quantity.of(set);
    if (set !== undefined) setAt = at;
  }
  return level.toString();
}

/** What each meter comes to, said as plainly as can be: from all events of its month, or of all months up to it. */
function expected(metric: string, uses: readonly Use[], month: string): string {
  const isCarried = CARRIED.has(metric);
  const own = uses.filter(({ metric: of, at }) => {
    const its = at.slice(0, 7);
    return of === metric && (isCarried ? its <= month : its === month);
  });
  const added = own.map(({ add = '0' }) => add);
  switch (OWN_METERS.find((meter) => meter.metric === metric)?.kind) {
    case 'sum':
      return sum(added);
    case 'max':
      return highest(added);
    case 'unique':
      return String(new Set(own.map(({ value }) => value)).size);
    case 'latest':
      return newest(own);
    default:
      return levelled(own);
  }
}

describe('meters of every kind', () => {
  it('come to what all their events say, in every month and pool, whatever came late', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const model = new UsageModel();
        for (const { place, uses } of steps)
          expect(model.settle(place, uses)).toMatchObject({ status: 'settled' });
        const usesOf = (code: string) =>
          steps.filter(({ place }) => place.tenantCode === code).flatMap(({ uses }) => uses);
        for (const month of MONTHS) {
          for (const { tenantCode } of PLACES) {
            const level = levelAt(model, tenantCode, month);
            const below = PLACES.filter(({ pooledWith }) => pooledWith.includes(tenantCode));
            for (const { metric } of OWN_METERS) {
              const own = expected(metric, usesOf(tenantCode), month);
              const pool = sum(below.map((place) => expected(metric, usesOf(place.tenantCode), month)));
              const found = [shown(level, metric), shown(level, pooledName(metric))];
              expect([tenantCode, month, metric, ...found]).toEqual([tenantCode, month, metric, own, pool]);
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('leave nothing of a request that is refused, neither levels nor values seen', () => {
    const model = new UsageModel();
    const at = '2024-01-09T12:00:00.000Z';
    const refused = model.settle(PLACES[2] as UsePlace, [
      { metric: 'people', at, value: 'ada' },
      { metric: 'record', at, add: '9' },
      { metric: 'storageUsedGb', at, add: '-1' },
    ]);
    expect(refused).toMatchObject({ status: 'refused', index: 2 });
    expect(model.monthsOf('a')).toEqual([]);
    expect(model.monthsOf('top')).toEqual([]);
    model.settle(PLACES[2] as UsePlace, [{ metric: 'people', at, value: 'ada' }]);
    expect(shown(levelAt(model, 'a', '2024-01'), 'people')).toBe('1');
  });

  it('count a value that came with a refused request of the same group before', () => {
    const model = new UsageModel();
    const place = PLACES[2] as UsePlace;
    const seen = { metric: 'visitors', at: '2024-01-09T12:00:00.000Z', value: 'ada' };
    const below = { metric: 'storageUsedGb', at: seen.at, add: '-1' };
    const outcomes = model.settleTogether([
      { place, uses: [seen, below] },
      { place, uses: [seen] },
      { place, uses: [seen] },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'settled', 'settled']);
    expect(shown(levelAt(model, 'a', '2024-01'), 'visitors')).toBe('1');
  });
});
