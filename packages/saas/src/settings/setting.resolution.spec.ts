import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SETTING_GROUPS_LIMIT, type Setting } from './setting.js';
import { mergePages, ownersOf, resolveSetting, settingGroupsOf } from './setting.resolution.js';

const owners = ownersOf({
  tenantCode: 'acme',
  ancestors: ['root', 'holding'],
  userId: 'usr-1',
  groups: ['north', 'south'],
});

describe('owners', () => {
  it('stand nearest first: user, groups, tenant, parent up to the root, common', () => {
    expect(owners.map(({ level, tenantCode, source }) => `${level} ${tenantCode} ${source}`)).toEqual([
      'user acme usr-1',
      'group acme north',
      'group acme south',
      'tenant acme acme',
      'tenant holding holding',
      'tenant root root',
      'common common common',
    ]);
  });
});

describe('groups', () => {
  const row = (role: string, ...settingGroups: string[]) => ({
    ...{ role, groups: [], settingGroups, mode: 'auto' as const },
  });
  const table = [row('member', 'a', 'b'), row('admin', 'c', 'b'), row('billing', 'd')];

  it.each([
    [['member'], ['a', 'b']],
    [
      ['member', 'admin'],
      ['c', 'b', 'a'],
    ],
    [
      ['member', 'billing', 'admin'],
      ['c', 'b', 'd', 'a'],
    ],
    [['system_admin'], []],
    [[], []],
  ] as const)('of %j are %j', (roles, expected) => {
    expect(settingGroupsOf(roles, table)).toEqual(expected);
  });

  it('are bounded, the nearest first', () => {
    const many = Array.from({ length: SETTING_GROUPS_LIMIT + 5 }, (_, index) => `g${index}`);
    expect(settingGroupsOf(['member'], [row('member', ...many)])).toEqual(
      many.slice(0, SETTING_GROUPS_LIMIT),
    );
  });
});

const names = fc.constantFrom('a', 'a-b', 'a.b', 'aa', 'B', 'constructor', 'toString', 'valueOf', 'z9');
/** Per owner what it says, by name. */
const said = fc.tuple(...owners.map(() => fc.dictionary(names, fc.integer(), { maxKeys: 6 })));
type Said = readonly Readonly<Record<string, number>>[];

function settingsOf(all: Said, index: number): Setting[] {
  const owner = owners[index];
  if (!owner) return [];
  return Object.entries(all[index] ?? {}).map(([name, value]) => ({
    ...{ name, value, owner, version: 1, byOperator: false },
  }));
}

function allOf(all: Said, name: string): Setting[] {
  return owners.flatMap((_, index) => settingsOf(all, index).filter((setting) => setting.name === name));
}

describe('one name', () => {
  it('is the nearest, and without it what it hides', () => {
    fc.assert(
      fc.property(said, names, (all, name) => {
        const settings = allOf(all, name);
        const found = resolveSetting(settings);
        const first = all.find((each) => Object.hasOwn(each, name));
        expect(found?.nearest.value).toBe(first?.[name]);
        expect(resolveSetting(settings.slice(1))?.nearest).toEqual(found?.shadowed[0]);
      }),
    );
  });

  it('may be null, which hides', () => {
    const owner = owners[0];
    if (!owner) throw new Error('there are owners');
    const base = { name: 'a', owner, version: 1, byOperator: false };
    expect(
      resolveSetting([
        { ...base, value: null },
        { ...base, value: 1 },
      ])?.nearest.value,
    ).toBeNull();
  });
});

/** A page of an owner as a store would give it, whatever the order in which it was written. */
function pageOf(all: Said, index: number, { after, limit }: { after: string; limit: number }) {
  const rest = settingsOf(all, index)
    .filter(({ name }) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0)
    .sort((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)));
  return { settings: rest.slice(0, limit), hasMore: rest.length > limit };
}

describe('pages', () => {
  it('show every name once, in order, each as if it were asked for alone', () => {
    fc.assert(
      fc.property(said, fc.integer({ min: 1, max: 5 }), (all, limit) => {
        const shown: { name: string; value: unknown; shadowed: number }[] = [];
        for (let after = '', hasMore = true; hasMore; ) {
          const page = mergePages(
            owners.map((_, index) => pageOf(all, index, { after, limit })),
            limit,
          );
          shown.push(
            ...page.items.map(({ name, nearest, shadowed }) => ({
              ...{ name, value: nearest.value, shadowed: shadowed.length },
            })),
          );
          expect(page.items.length).toBeLessThanOrEqual(limit);
          if (page.hasMore) expect(page.items).toHaveLength(limit);
          ({ hasMore } = page);
          after = shown.at(-1)?.name ?? '';
        }
        const expected = [...new Set(all.flatMap((each) => Object.keys(each)))].sort().map((name) => {
          const found = resolveSetting(allOf(all, name));
          return { name, value: found?.nearest.value, shadowed: found?.shadowed.length };
        });
        expect(shown).toEqual(expected);
      }),
    );
  });
});
