import { expect, it } from 'vitest';
import { seatLimitOf } from './user-limit.js';

type Plan = NonNullable<Parameters<typeof seatLimitOf>[1]>;
type Tenant = Parameters<typeof seatLimitOf>[0];

const plan = (maxUsers: number | string | null, enforcement: Plan['enforcement'] = {}): Plan => ({
  limits: { maxUsers },
  enforcement,
});
const own: Tenant = { billing: 'own', caps: {} };
const child = (activeUsers?: number | string): Tenant => ({
  billing: 'parent',
  caps: activeUsers === undefined ? {} : { activeUsers },
});

it.each<[string, Tenant, Plan | null, string | null]>([
  ['the plan decides', own, plan(5), '5'],
  ['hard as said', own, plan(5, { activeUsers: 'hard' }), '5'],
  ['null is unlimited', own, plan(null), null],
  ['0 is zero', own, plan(0), '0'],
  ['a limit not named is none', own, { limits: {}, enforcement: {} }, null],
  ['no plan is no limit', own, null, null],
  ['soft is no limit here', own, plan(5, { activeUsers: 'soft' }), null],
  ['another metric may be soft', own, plan(5, { apiCalls: 'soft' }), '5'],
  ['a cap is for children only', { billing: 'own', caps: { activeUsers: 2 } }, plan(5), '5'],
  ['a child has its cap', child(2), plan(5), '2'],
  ['whatever the plan says', child('9'), plan(5, { activeUsers: 'soft' }), '9'],
  ['and without one no limit of its own', child(), plan(5), null],
  ['larger than a double', own, plan('123456789012345678901'), '123456789012345678901'],
])('%s', (_name, tenant, given, limit) => {
  expect(seatLimitOf(tenant, given)?.toString() ?? null).toBe(limit);
});
