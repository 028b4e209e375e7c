import { timeZoneOf } from '@landlord/kernel/pure';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withGroup, withoutGroup, withSettingGroups } from './tenant.groups.js';
import { placeBelow, TREE_LEVELS_LIMIT } from './tenant.hierarchy.js';
import { type RoleGroups, type Tenant, type TenantStatus } from './tenant.js';
import { decideStep, type TenantStep } from './tenant.lifecycle.js';

const STATUSES: readonly TenantStatus[] = ['active', 'suspended', 'closed', 'erased'];

describe('life', () => {
  it.each<[TenantStep, Partial<Record<TenantStatus, TenantStatus>>]>([
    ['suspend', { active: 'suspended' }],
    ['resume', { suspended: 'active' }],
    ['close', { active: 'closed', suspended: 'closed' }],
    ['erase', { closed: 'erased' }],
  ])('%s leads to %j, and from anywhere else nowhere', (step, leads) => {
    for (const status of STATUSES) {
      const decision = decideStep(status, step);
      const after = leads[status];
      if (after) expect(decision).toEqual({ ok: true, status: after });
      else expect(decision).toMatchObject({ ok: false, message: expect.stringContaining(status) });
    }
  });
});

describe('a place in the tree', () => {
  const tokyo = timeZoneOf('Asia/Tokyo');
  const parent: Pick<Tenant, 'code' | 'status' | 'ancestors' | 'timezone'> = {
    code: 'mid',
    status: 'active',
    ancestors: ['top'],
    timezone: tokyo,
  };
  const child = { billing: 'parent', timezone: tokyo, caps: { apiCalls: 5 } } as const;

  it('is below the parent and all above it', () => {
    expect(placeBelow(parent, child)).toEqual({
      ok: true,
      place: { parentCode: 'mid', ancestors: ['top', 'mid'], billing: 'parent', caps: { apiCalls: 5 } },
    });
  });

  it.each<[string, Partial<typeof parent>, object, string]>([
    ['a suspended parent', { status: 'suspended' }, {}, 'parentCode'],
    ['another zone on one subscription', {}, { timezone: timeZoneOf('UTC') }, 'timezone'],
    ['caps without a shared subscription', {}, { billing: 'own' }, 'caps'],
    ['a tree too deep', { ancestors: Array<string>(TREE_LEVELS_LIMIT - 1).fill('t') }, {}, 'parentCode'],
  ])('is refused for %s', (_, ofParent, ofChild, path) => {
    expect(placeBelow({ ...parent, ...ofParent }, { ...child, ...ofChild })).toMatchObject({
      ok: false,
      path,
    });
  });

  it('may be in any zone with a subscription of its own', () => {
    const own = { billing: 'own', timezone: timeZoneOf('UTC'), caps: {} } as const;
    expect(placeBelow(parent, own)).toMatchObject({ ok: true, place: { billing: 'own' } });
    const last = { ...parent, ancestors: Array<string>(TREE_LEVELS_LIMIT - 2).fill('t') };
    expect(placeBelow(last, own).ok).toBe(true);
  });
});

describe('groups of a role', () => {
  const groupsOf = (all: readonly RoleGroups[], role: string) =>
    all.find((entry) => entry.role === role)?.settingGroups;

  it('come by code, until they are customized; then new ones come last', () => {
    let all = withGroup([], { role: 'member', group: 'sales' });
    all = withGroup(all, { role: 'member', group: 'east' });
    all = withGroup(all, { role: 'admin', group: 'sales' });
    expect([groupsOf(all, 'member'), groupsOf(all, 'admin')]).toEqual([['east', 'sales'], ['sales']]);
    all = withSettingGroups(all, { role: 'member', settingGroups: ['sales', 'east'] });
    all = withGroup(all, { role: 'member', group: 'another' });
    expect(groupsOf(all, 'member')).toEqual(['sales', 'east', 'another']);
    expect(groupsOf(withSettingGroups(all, { role: 'guest', settingGroups: ['east'] }), 'guest')).toEqual([
      'east',
    ]);
    expect(groupsOf(withoutGroup(all, 'east'), 'member')).toEqual(['sales', 'another']);
  });

  it('hold each group once, however often it is added', () => {
    const additions = fc.array(
      fc.record({ role: fc.constantFrom('a', 'b'), group: fc.constantFrom('x', 'y', 'z') }),
    );
    fc.assert(
      fc.property(additions, (added) => {
        const all = added.reduce<readonly RoleGroups[]>(withGroup, []);
        for (const { role, groups, settingGroups } of all) {
          const expected = [...new Set(added.filter((each) => each.role === role).map(({ group }) => group))];
          expect([...groups].toSorted()).toEqual(expected.toSorted());
          expect(settingGroups).toEqual(expected.toSorted());
        }
      }),
    );
  });
});
