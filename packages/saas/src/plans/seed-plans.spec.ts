import { expect, it } from 'vitest';
import { BUILT_IN_METERS } from '../usage/meter.js';
import { planView } from './plan.schema.js';
import { SEED_PLANS } from './seed-plans.js';

const unlimited = { maxUsers: null, maxApiCalls: null, maxStorageGb: null, maxProjects: null };

it.each([
  ['starter', 2_900, 29_000, { maxUsers: 5, maxApiCalls: 10_000, maxStorageGb: 10, maxProjects: 3 }],
  ['professional', 9_900, 99_000, { maxUsers: 25, maxApiCalls: 100_000, maxStorageGb: 100, maxProjects: 20 }],
  ['enterprise', 49_900, 499_000, unlimited],
])('%s costs %i cents a month and %i a year', (code, monthlyPrice, yearlyPrice, limits) => {
  const plan = SEED_PLANS.find((each) => each.code === code);
  expect(plan).toMatchObject({
    version: 1,
    monthlyPrice,
    yearlyPrice,
    currency: 'USD',
    trialDays: 14,
    overage: {},
    isActive: true,
  });
  expect(plan?.limits).toEqual(limits);
});

it('there are no others, and each is a plan that the interface can show', () => {
  expect(SEED_PLANS.map(({ code }) => code)).toEqual(['starter', 'professional', 'enterprise']);
  for (const plan of SEED_PLANS) expect(planView.parse(plan)).toEqual(plan);
});

it('every built-in meter has a limit and is enforced hard', () => {
  for (const { limits, enforcement } of SEED_PLANS) {
    expect(Object.keys(limits).sort()).toEqual(BUILT_IN_METERS.map(({ limitName }) => limitName).sort());
    expect(enforcement).toEqual(Object.fromEntries(BUILT_IN_METERS.map(({ metric }) => [metric, 'hard'])));
  }
});
