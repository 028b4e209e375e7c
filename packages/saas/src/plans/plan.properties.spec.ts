import { evolve, type Item } from '@landlord/kernel';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlanCommands, planFromItem } from './plan.item.js';
import { type Plan } from './plan.js';
import { firstVersion, nextVersion, tierFlaws } from './plan.rules.js';
import { planBody } from './plan.schema.js';

const origin = { userId: 'op', requestId: 'r', source: 'test', ip: null, at: '2024-01-01T00:00:00.000Z' };

const price = fc.integer({ min: 0, max: 999_999_999_999_999 });
const quantity = fc.oneof(
  fc.nat(1_000_000),
  fc.double({ min: 0, max: 1000, noNaN: true }).map((value) => value.toFixed(9)),
  fc.bigInt({ min: 0n, max: 10n ** 30n - 1n }).map(String),
);
const unitPrice = fc.nat(1_000_000_000).map((value) => (value / 1_000_000).toFixed(6));
const optional = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((given) => (given === undefined ? {} : { [name]: given }));

const tiers = fc
  .uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 8 })
  .chain((edges) =>
    fc.tuple(
      ...[...edges.toSorted((left, right) => left - right), null].map((upTo) =>
        fc
          .tuple(unitPrice, optional('flatPrice', unitPrice))
          .map(([each, flat]) => ({ upTo, unitPrice: each, ...flat })),
      ),
    ),
  );

const overage = fc
  .oneof(
    unitPrice.map((each) => ({ model: 'per_unit', unitPrice: each })),
    fc
      .tuple(fc.integer({ min: 1 }), unitPrice)
      .map(([packageSize, packagePrice]) => ({ model: 'package', packageSize, packagePrice })),
    fc
      .tuple(fc.constantFrom('graduated', 'volume'), tiers)
      .map(([model, steps]) => ({ model, tiers: steps })),
    fc
      .integer({ min: 0, max: 1000 })
      .map((tenths) => ({ model: 'percentage', rate: (tenths / 10).toFixed(1) })),
  )
  .chain((base) => optional('freeUnits', quantity).map((free) => ({ ...base, ...free })));

const own = fc.dictionary(fc.constantFrom('tokens', 'seats', 'gpu.hours', 'a-b'), fc.option(quantity));
const limit = fc.option(quantity);
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((value) => value.trim() !== '' && !value.includes('\u0000'));

/** Bodies that should be taken. */
const body = own.chain((meters) => {
  const metrics = fc.constantFrom(
    'apiCalls',
    'storageUsedGb',
    'activeUsers',
    'projectCount',
    ...Object.keys(meters),
  );
  return fc.record(
    {
      code: fc.constantFrom('a', 'team', 'Team.2', 'x_y-z'),
      displayName: text,
      description: text,
      monthlyPrice: price,
      yearlyPrice: price,
      currency: fc.constantFrom('USD', 'JPY', 'KWD'),
      prices: fc.dictionary(
        fc.constantFrom('EUR', 'GBP', 'CHF'),
        fc.record({ monthly: price, yearly: price }),
      ),
      trialDays: fc.integer({ min: 0, max: 730 }),
      features: fc.uniqueArray(
        fc.record(
          {
            name: text,
            enabled: fc.boolean(),
            value: fc.oneof(
              fc.string().filter((value) => !value.includes('\u0000')),
              fc.double({ noNaN: true, noDefaultInfinity: true }),
              fc.boolean(),
            ),
          },
          { requiredKeys: ['name', 'enabled'] },
        ),
        { selector: ({ name }) => name, maxLength: 6 },
      ),
      limits: fc
        .record({ maxUsers: limit, maxApiCalls: limit, maxStorageGb: limit, maxProjects: limit })
        .map((builtIn) => ({ ...builtIn, ...meters })),
      enforcement: fc.dictionary(metrics, fc.constantFrom('hard', 'soft')),
      overage: fc.dictionary(metrics, overage),
      isActive: fc.boolean(),
    },
    { requiredKeys: ['code', 'displayName', 'monthlyPrice', 'yearlyPrice', 'currency', 'limits'] },
  );
});

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function itemsOf(plan: Plan): Item[] {
  return createPlanCommands(plan).map((command) => {
    const evolution = evolve(null, command, origin);
    if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
    return plain(evolution.item);
  });
}

describe('every plan that is taken', () => {
  it('is read back from its items as it was', () => {
    fc.assert(
      fc.property(body, (given) => {
        const plan = firstVersion(planBody.parse(plain(given)) as Parameters<typeof firstVersion>[0]);
        expect(itemsOf(plan).map(planFromItem)).toEqual([plan, plan]);
      }),
    );
  });

  it('is taken again as it is answered, and then adds no version', () => {
    fc.assert(
      fc.property(body, (given) => {
        const plan = firstVersion(planBody.parse(plain(given)) as Parameters<typeof firstVersion>[0]);
        const { version: _, ...answered } = plan;
        const again = planBody.parse(plain(answered)) as Parameters<typeof firstVersion>[0];
        expect(again).toEqual(answered);
        expect(nextVersion(plan, again)).toBeNull();
        expect(nextVersion(plan, { ...again, trialDays: (plan.trialDays + 1) % 731 })).toMatchObject({
          version: 2,
          code: plan.code,
          isActive: plan.isActive,
        });
      }),
    );
  });
});

it('tiers are right exactly when each ends beyond the one before, and the last never', () => {
  const edge = fc.option(fc.integer({ min: 1, max: 5 }), { freq: 3 });
  fc.assert(
    fc.property(fc.array(edge, { minLength: 1, maxLength: 4 }), (edges) => {
      const isRight = edges.every((upTo, index) => {
        if (index === edges.length - 1) return upTo === null;
        const before = edges[index - 1] ?? 0;
        return upTo !== null && upTo > before;
      });
      expect(tierFlaws(edges.map((upTo) => ({ upTo }))).length === 0).toBe(isRight);
    }),
  );
});
