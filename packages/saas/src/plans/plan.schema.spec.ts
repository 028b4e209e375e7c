import { describe, expect, it } from 'vitest';
import { inputIssues, issueMessage } from '../http/index.js';
import { planBody, planVersionBody } from './plan.schema.js';

const LIMITS = { maxUsers: 5, maxApiCalls: 10_000, maxStorageGb: 10, maxProjects: 3 };
const PLAN = {
  code: 'team',
  displayName: 'Team',
  monthlyPrice: 4_900,
  yearlyPrice: 49_000,
  currency: 'USD',
  limits: LIMITS,
};

/** Path and message of everything wrong, as a caller sees it. */
function issuesOf(change: object): [string, string][] {
  const result = planBody.safeParse({ ...PLAN, ...change }, { error: issueMessage });
  return result.success ? [] : inputIssues(result.error).map(({ path, message }) => [path, message]);
}

const priced = (apiCalls: unknown) => ({ overage: { apiCalls } });
const tiered = (...tiers: unknown[]) => priced({ model: 'graduated', tiers });
const tier = (upTo: unknown) => ({ upTo, unitPrice: '1' });

describe('a plan is refused', () => {
  it.each<[string, object, string, RegExp]>([
    ['a price of half a cent', { monthlyPrice: 0.5 }, 'monthlyPrice', /must be an integer/],
    ['a negative price', { yearlyPrice: -1 }, 'yearlyPrice', /at least 0/],
    ['a price that is no number', { monthlyPrice: Number.NaN }, 'monthlyPrice', /must be a number/],
    ['an endless price', { monthlyPrice: Number.POSITIVE_INFINITY }, 'monthlyPrice', /beyond the range/],
    ['a price beyond exact numbers', { monthlyPrice: 2 ** 53 }, 'monthlyPrice', /<=9007199254740991/],
    ['a price beyond sums', { monthlyPrice: 1e15 }, 'monthlyPrice', /at most 999999999999999/],
    ['a price as text', { monthlyPrice: '4900' }, 'monthlyPrice', /must be a number, not a string/],
    ['an unknown currency', { currency: 'USX' }, 'currency', /ISO 4217/],
    ['a currency in lower case', { currency: 'usd' }, 'currency', /ISO 4217/],
    ['a metal', { currency: 'XAU' }, 'currency', /ISO 4217/],
    ['a price in no currency', { prices: { EUX: { monthly: 1, yearly: 1 } } }, 'prices.EUX', /ISO 4217/],
    ['a price without its year', { prices: { EUR: { monthly: 1 } } }, 'prices.EUR.yearly', /is required/],
    [
      'the main currency twice',
      { prices: { USD: { monthly: 1, yearly: 1 } } },
      'prices.USD',
      /main currency/,
    ],
    ['a trial of years', { trialDays: 731 }, 'trialDays', /at most 730/],
    ['a negative trial', { trialDays: -1 }, 'trialDays', /at least 0/],
    ['no limits', { limits: {} }, 'limits.maxUsers', /is required/],
    [
      'a limit below zero',
      { limits: { ...LIMITS, maxUsers: -1 } },
      'limits.maxUsers',
      /must not be negative/,
    ],
    [
      'a limit of true',
      { limits: { ...LIMITS, maxUsers: true } },
      'limits.maxUsers',
      /must be a number or a decimal string/,
    ],
    [
      'a limit of no number',
      { limits: { ...LIMITS, maxUsers: Number.NaN } },
      'limits.maxUsers',
      /must be a number/,
    ],
    ['a limit of 10 places', { limits: { ...LIMITS, tokens: '0.0000000001' } }, 'limits.tokens', /quantity/],
    ['a limit in exponents', { limits: { ...LIMITS, tokens: '1e3' } }, 'limits.tokens', /not a quantity/],
    ['an inexact limit', { limits: { ...LIMITS, tokens: 2 ** 53 } }, 'limits.tokens', /decimal string/],
    ['a meter of no name', { limits: { ...LIMITS, 'a b': 1 } }, 'limits.a b', /must be a meter/],
    [
      'a metric as limit',
      { limits: { ...LIMITS, apiCalls: 1 } },
      'limits.apiCalls',
      /limited by maxApiCalls/,
    ],
    ['a feature without a name', { features: [{ enabled: true }] }, 'features.0.name', /is required/],
    ['a feature neither on nor off', { features: [{ name: 'sso' }] }, 'features.0.enabled', /is required/],
    [
      'a feature with a list',
      { features: [{ name: 'sso', enabled: true, value: [] }] },
      'features.0.value',
      /must be text, a number, true or false/,
    ],
    [
      'a feature twice',
      { features: ['a', 'b', 'a'].map((name) => ({ name, enabled: true })) },
      'features.2.name',
      /by features.0 already/,
    ],
    [
      'too many features',
      { features: Array.from({ length: 201 }, (_, index) => ({ name: `f${index}`, enabled: true })) },
      'features',
      /at most 200/,
    ],
    [
      'enforcement of nothing',
      { enforcement: { tokens: 'soft' } },
      'enforcement.tokens',
      /is no metric of this plan/,
    ],
    ['enforcement of a limit', { enforcement: { maxUsers: 'soft' } }, 'enforcement.maxUsers', /is no metric/],
    ['weak enforcement', { enforcement: { apiCalls: 'weak' } }, 'enforcement.apiCalls', /"hard", "soft"/],
    [
      'overage of nothing',
      { overage: { tokens: { model: 'per_unit', unitPrice: '1' } } },
      'overage.tokens',
      /no metric/,
    ],
    ['an unknown model', priced({ model: 'free' }), 'overage.apiCalls.model', /one of "per_unit"/],
    ['no model', priced({ unitPrice: '1' }), 'overage.apiCalls.model', /one of "per_unit"/],
    ['no unit price', priced({ model: 'per_unit' }), 'overage.apiCalls.unitPrice', /is required/],
    [
      'a negative unit price',
      priced({ model: 'per_unit', unitPrice: '-1' }),
      'overage.apiCalls.unitPrice',
      /negative/,
    ],
    [
      'a field of another model',
      priced({ model: 'per_unit', unitPrice: '1', rate: '2' }),
      'overage.apiCalls.rate',
      /not a field/,
    ],
    [
      'a package of nothing',
      priced({ model: 'package', packageSize: 0, packagePrice: '1' }),
      'overage.apiCalls.packageSize',
      /more than 0/,
    ],
    [
      'a package without a price',
      priced({ model: 'package', packageSize: 10 }),
      'overage.apiCalls.packagePrice',
      /is required/,
    ],
    [
      'more than all',
      priced({ model: 'percentage', rate: '100.1' }),
      'overage.apiCalls.rate',
      /from 0 to 100/,
    ],
    [
      'a negative share',
      priced({ model: 'percentage', rate: '-1' }),
      'overage.apiCalls.rate',
      /from 0 to 100/,
    ],
    [
      'negative free units',
      priced({ model: 'percentage', rate: '1', freeUnits: -1 }),
      'overage.apiCalls.freeUnits',
      /negative/,
    ],
    ['no tiers', tiered(), 'overage.apiCalls.tiers', /at least 1 tier/],
    [
      'too many tiers',
      tiered(...Array.from({ length: 101 }, () => tier(null))),
      'overage.apiCalls.tiers',
      /at most 100/,
    ],
    ['an end to the last tier', tiered(tier(10)), 'overage.apiCalls.tiers.0.upTo', /must be null: the last/],
    [
      'an open tier before the last',
      tiered(tier(null), tier(null)),
      'overage.apiCalls.tiers.0.upTo',
      /only the last/,
    ],
    [
      'tiers that stand still',
      tiered(tier(10), tier('10.0'), tier(null)),
      'overage.apiCalls.tiers.1.upTo',
      /more than 10/,
    ],
    [
      'tiers that go down',
      tiered(tier(9), tier(8), tier(null)),
      'overage.apiCalls.tiers.1.upTo',
      /more than 9/,
    ],
    ['a tier up to zero', tiered(tier(0), tier(null)), 'overage.apiCalls.tiers.0.upTo', /more than 0/],
    ['a list of overage', { overage: [] }, 'overage', /must be an object, not an array/],
    ['a code of signs', { code: 'a#b' }, 'code', /letters, digits/],
    ['a blank name', { displayName: ' ' }, 'displayName', /blank/],
    ['a field it does not have', { price: 1 }, 'price', /not a field/],
  ])('for %s', (_what, change, path, message) => {
    const found = issuesOf(change);
    expect(found).toContainEqual([path, expect.stringMatching(message)]);
  });

  it('for more than 50 meters of its own', () => {
    const own = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`meter${index}`, 1]));
    expect(issuesOf({ limits: { ...LIMITS, ...own } })).toEqual([
      ['limits', expect.stringMatching(/at most 50/)],
    ]);
  });

  it('with everything that is wrong at once, on every level', () => {
    const paths = issuesOf({
      monthlyPrice: 'x',
      limits: { ...LIMITS, maxUsers: -1, apiCalls: 1 },
      features: [{ name: 'a', enabled: 1 }, { name: 'a' }],
      enforcement: { tokens: 'soft', apiCalls: 'weak' },
      overage: { apiCalls: { model: 'volume', tiers: [{ upTo: 2 }, { upTo: 1, unitPrice: '1' }] } },
      prices: { USD: { monthly: 1, yearly: -1 } },
    }).map(([path]) => path);
    expect(paths.toSorted()).toEqual([
      'enforcement.apiCalls',
      'enforcement.tokens',
      'features.0.enabled',
      'features.1.enabled',
      'features.1.name',
      'limits.apiCalls',
      'limits.maxUsers',
      'monthlyPrice',
      'overage.apiCalls.tiers.0.unitPrice',
      'overage.apiCalls.tiers.1.upTo',
      'prices.USD',
      'prices.USD.yearly',
    ]);
  });

  it.each([null, [], 'x', 4])('when it is %j', (value) => {
    expect(planBody.safeParse(value).success).toBe(false);
  });
});

describe('a plan is taken', () => {
  it('with what is not said as nothing: no trial, no features, everything enforced hard', () => {
    const { code, ...version } = PLAN;
    const rest = { trialDays: 0, features: [], enforcement: {}, overage: {} };
    expect(planBody.parse(PLAN)).toEqual({ ...version, ...rest, code });
    expect(planVersionBody.parse(version)).toEqual({ ...version, ...rest });
    expect(planVersionBody.safeParse(PLAN).success).toBe(false);
  });

  it('with every quantity in its one spelling', () => {
    const plan = planBody.parse({
      ...PLAN,
      monthlyPrice: -0,
      trialDays: -0,
      limits: { ...LIMITS, maxUsers: '5.0', maxStorageGb: -0, tokens: '123456789012345678', free: null },
      overage: {
        tokens: {
          model: 'graduated',
          tiers: [
            { upTo: '10.50', unitPrice: 0.25 },
            { upTo: null, unitPrice: '0.10' },
          ],
        },
      },
    });
    expect(plan).toMatchObject({ monthlyPrice: 0, trialDays: 0 });
    expect(Object.is(plan.monthlyPrice, 0) && Object.is(plan.trialDays, 0)).toBe(true);
    expect(plan.limits).toEqual({ ...LIMITS, maxStorageGb: 0, tokens: '123456789012345678', free: null });
    expect(plan.overage.tokens).toEqual({
      model: 'graduated',
      tiers: [
        { upTo: 10.5, unitPrice: '0.25' },
        { upTo: null, unitPrice: '0.1' },
      ],
    });
  });
});
