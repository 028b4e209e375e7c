import { type Command, compareText, evolve, type Item } from '@landlord/kernel';
import { currencyOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { createPlanCommands, planFromItem, planVersionSk } from './plan.item.js';
import { type Plan } from './plan.js';
import { SEED_PLANS } from './seed-plans.js';

const origin = {
  userId: 'system',
  requestId: 'seed',
  source: 'seed',
  ip: null,
  at: '2024-01-01T00:00:00.000Z',
};

const elaborate: Plan = {
  code: 'team.v2',
  version: 7,
  displayName: 'Équipe',
  monthlyPrice: 0,
  yearlyPrice: 1_000_000,
  currency: currencyOf('JPY'),
  trialDays: 0,
  features: [
    { name: 'sso', enabled: true },
    { name: 'seats', enabled: true, value: 12 },
  ],
  limits: { maxUsers: 0, maxApiCalls: '123456789012345678', maxStorageGb: 0.5, maxProjects: null },
  enforcement: { apiCalls: 'soft' },
  overage: { apiCalls: { model: 'per_unit', unitPrice: '0.25' } },
  isActive: false,
};

function itemOf(command: Command): Item {
  const evolution = evolve(null, command, origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  return JSON.parse(JSON.stringify(evolution.item)) as Item;
}

describe('the items of a plan', () => {
  it.each([...SEED_PLANS, elaborate].map((plan) => [plan.code, plan] as const))(
    'give back the plan: %s',
    (_code, plan) => {
      const items = createPlanCommands(plan).map(itemOf);
      expect(items.map(planFromItem)).toEqual([plan, plan]);
    },
  );

  it('are the newest version and the one that was signed', () => {
    expect(createPlanCommands(elaborate).map(itemOf)).toMatchObject([
      { pk: 'MASTER#COMMON', sk: 'PLAN#team.v2', type: 'PLAN', tenantCode: 'common', code: 'team.v2' },
      { pk: 'MASTER#COMMON', sk: 'PLANVERSION#team.v2#00007', type: 'PLANVERSION', name: 'Équipe' },
    ]);
  });

  it('are refused when they are not a plan', () => {
    const [item] = createPlanCommands(elaborate).map(itemOf);
    if (!item) throw new Error('a plan has items');
    for (const broken of [
      { version: 0 },
      { currency: 'XXX' },
      { monthlyPrice: 0.5 },
      { limits: { maxUsers: true } },
    ])
      expect(() => planFromItem({ ...item, attributes: { ...item.attributes, ...broken } })).toThrow();
  });
});

it('versions sort as they were made', () => {
  const sorted = [1, 2, 9, 10, 99, 100, 99_999].map((version) => planVersionSk('starter', version));
  expect(sorted.toReversed().sort(compareText)).toEqual(sorted);
});
