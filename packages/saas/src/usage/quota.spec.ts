import { Quantity } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_METERS } from './meter.js';
import { checkQuota } from './quota.js';
import { limitsOf } from './usage.limits.js';
import { quotasOf } from './usage.quota.js';

const q = Quantity.of;

describe('checkQuota', () => {
  it.each<[string, string | null, number, 'exceeded' | 'near' | 'far']>([
    ['0', '10000', 0, 'far'],
    ['1', '10000', 0.01, 'far'],
    ['4250', '10000', 42.5, 'far'],
    ['7999', '10000', 79.99, 'far'],
    // Rounded it reads 80, and is not there yet.
    ['79999', '100000', 80, 'far'],
    ['79.999999999', '100', 80, 'far'],
    ['8000', '10000', 80, 'near'],
    ['8001', '10000', 80.01, 'near'],
    ['9999', '10000', 99.99, 'near'],
    ['99.999', '100', 100, 'near'],
    ['10000', '10000', 100, 'exceeded'],
    ['10001', '10000', 100.01, 'exceeded'],
    ['25', '10', 250, 'exceeded'],
    ['0', '0', 100, 'exceeded'],
    ['5', '0', 100, 'exceeded'],
    ['0', null, 0, 'far'],
    ['1000000', null, 0, 'far'],
    ['1', '3', 33.33, 'far'],
    ['2', '3', 66.67, 'far'],
    ['0.4', '0.5', 80, 'near'],
    ['0.000000001', '0.000000001', 100, 'exceeded'],
  ])('%s of %s is %f %%, %s', (current, limit, percentage, standing) => {
    const result = checkQuota('apiCalls', q(current), { limit: limit === null ? null : q(limit) });
    expect(result).toEqual({
      metric: 'apiCalls',
      current: Number(current),
      held: 0,
      limit: limit === null ? null : Number(limit),
      percentage,
      isExceeded: standing === 'exceeded',
      isNearLimit: standing !== 'far',
    });
  });

  it('tells amounts that no double holds as text', () => {
    const result = checkQuota('apiCalls', q('123456789012345678'), {
      limit: q('123456789012345679'),
    });
    expect(result).toMatchObject({ current: '123456789012345678', limit: '123456789012345679' });
    expect(result).toMatchObject({ percentage: 100, isNearLimit: true, isExceeded: false });
  });

  it('is near from 80 % and exceeded from 100 % of any limit, exactly', () => {
    const amounts = fc.bigInt({ min: 0n, max: 10n ** 20n });
    fc.assert(
      fc.property(amounts, amounts, (current, limit) => {
        const result = checkQuota('apiCalls', q(current), { limit: q(limit) });
        expect(result.isNearLimit).toBe(current * 100n >= limit * 80n);
        expect(result.isExceeded).toBe(current >= limit);
        if (result.isExceeded) expect(result.isNearLimit).toBe(true);
      }),
    );
  });
});

describe('quotasOf', () => {
  const level = new Map([
    ['apiCalls', q(8_000)],
    ['activeUsers', q(1)],
  ]);

  it('holds every meter against its limit; a limit not named is none', () => {
    const plan = { limits: { maxApiCalls: 10_000, maxUsers: 0, maxStorageGb: '0.5' }, enforcement: {} };
    const quotas = quotasOf('acme', new Map([['acme', level]]), {
      limits: limitsOf('acme', plan, []),
      meters: BUILT_IN_METERS,
    });
    expect(quotas.map(({ metric, current, limit }) => [metric, current, limit])).toEqual([
      ['apiCalls', 8_000, 10_000],
      ['storageUsedGb', 0, 0.5],
      ['activeUsers', 1, 0],
      ['projectCount', 0, null],
    ]);
    expect(quotas.map(({ isExceeded }) => isExceeded)).toEqual([false, false, true, false]);
  });

  /** own use and cap of the child; pooled use, own use and limit of the parent; what the child is told. */
  it.each<[string, number, number | null, number, number, number | null, number, number | null]>([
    ['an own cap that is nearer', 37, 50, 40, 10, 1_000, 37, 50],
    ['a pool that is nearer', 37, 50, 980, 10, 1_000, 37, 47],
    ['no own cap', 37, null, 980, 10, 1_000, 37, 47],
    ['a pool used up', 37, null, 990, 10, 1_000, 37, 37],
    ['a pool passed by recording', 5, null, 1_000, 10, 1_000, 5, 0],
    ['an unlimited plan', 37, 50, 980, 10, null, 37, 50],
    ['no limit at all', 37, null, 980, 10, null, 37, null],
  ])('tells a child of %s', (_, used, cap, pooled, own, limit, current, told) => {
    const levels = new Map([
      ['child', new Map([['apiCalls', q(used)]])],
      [
        'parent',
        new Map([
          ['apiCalls', q(own)],
          ['pooled.apiCalls', q(pooled)],
        ]),
      ],
    ]);
    const caps = cap === null ? {} : { apiCalls: cap };
    const plan = { limits: { maxApiCalls: limit }, enforcement: {} };
    const [quota] = quotasOf('child', levels, {
      limits: limitsOf('parent', plan, [{ code: 'child', caps }]),
      meters: BUILT_IN_METERS,
    });
    expect(quota).toMatchObject({ metric: 'apiCalls', current, limit: told });
  });
});

describe('limitsOf', () => {
  it('enforces caps always, and limits of the plan unless it says softly', () => {
    const plan = {
      limits: { maxApiCalls: '1000', maxProjects: 3 },
      enforcement: { apiCalls: 'soft' as const },
    };
    expect(limitsOf('top', plan, [{ code: 'mid', caps: { apiCalls: 10 } }])).toEqual([
      { tenantCode: 'top', metric: 'apiCalls', limit: '1000', isEnforced: false },
      { tenantCode: 'mid', metric: 'apiCalls', limit: '10', isEnforced: true },
      { tenantCode: 'top', metric: 'projectCount', limit: '3', isEnforced: true },
    ]);
  });
});
