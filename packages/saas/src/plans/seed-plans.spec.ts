import { expect, it } from 'vitest';
import { BUILT_IN_METERS } from '../usage/meter.js';
import { planBody } from './plan.schema.js';
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

it('there are no others, and each is a plan that an operator could create', () => {
  expect(SEED_PLANS.map(({ code }) => code)).toEqual(['starter', 'professional', 'enterprise']);
  for (const { version, ...plan } of SEED_PLANS) {
    expect(version).toBe(1);
    expect(planBody.parse(plan)).toEqual(plan);
  }
});

it('every built-in meter has a limit and is enforced hard', () => {
  for (const { limits, enforcement } of SEED_PLANS) {
    expect(Object.keys(limits).sort()).toEqual(BUILT_IN_METERS.map(({ limitName }) => limitName).sort());
    expect(enforcement).toEqual(Object.fromEntries(BUILT_IN_METERS.map(({ metric }) => [metric, 'hard'])));
  }
});

it('a larger plan has every feature of a smaller one', () => {
  const enabled = SEED_PLANS.map(({ features }) =>
    features.filter((each) => each.enabled).map(({ name }) => name),
  );
  expect(enabled).toEqual([
    ['apiAccess'],
    ['apiAccess', 'auditLog', 'prioritySupport'],
    ['apiAccess', 'auditLog', 'sso', 'prioritySupport'],
  ]);
});
