import { generateId, type JsonValue } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { settingKey, tallyCommands } from './setting.item.js';
import { isSettingName, type SettingLevel, type SettingOwner } from './setting.js';
import { deleteSettingQuery, putSettingBody } from './setting.schema.js';

const owner = (level: SettingLevel, source: string): SettingOwner => ({ level, tenantCode: 'acme', source });

describe('keys', () => {
  it('are those of master data for common settings', () => {
    const common = { level: 'common', tenantCode: 'common', source: 'common' } as const;
    expect(settingKey(common, 'theme')).toEqual({ pk: 'MASTER#COMMON', sk: 'SETTING#theme' });
  });

  it('never mix up levels and owners', () => {
    const owners = [
      owner('tenant', 'acme'),
      ...['theme', 'acme', 'SETTING'].map((code) => owner('group', code)),
      ...['theme', 'a#theme', 'a', '#', 'north#theme', 'SETTING#theme', 'x'.repeat(255)].map((id) =>
        owner('user', id),
      ),
    ];
    const keys = owners.flatMap((each) => ['theme', 'a', 'acme'].map((name) => settingKey(each, name)));
    const tallies = owners.flatMap((each) => tallyCommands(each, { count: 1, bytes: 1 }));
    const ids = [...keys, ...tallies].map(({ pk, sk }) => generateId(pk, sk));
    expect(new Set(ids).size).toBe(owners.length * 4);
    for (const id of ids) expect(Buffer.byteLength(id)).toBeLessThan(250);
  });
});

describe('names', () => {
  it.each([
    ['theme', true],
    ['a.b_c-d', true],
    ['constructor', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['__proto__', false],
    ['a#b', false],
    ['', false],
    ['a ', false],
    ['é', false],
  ])('%s: %s', (name, expected) => {
    expect(isSettingName(name)).toBe(expected);
  });
});

function nested(depth: number): JsonValue {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

describe('a request to write', () => {
  const paths = (body: object) =>
    putSettingBody.safeParse(body).error?.issues.map(({ path, code }) => [code, ...path].join(' ')) ?? [];

  it.each<[string, object, string[]]>([
    ['null', { value: null, level: 'tenant' }, []],
    ['anything', { value: { a: [1, 'x', null, { b: false }] }, level: 'common' }, []],
    ['no value', { level: 'tenant' }, ['custom value']],
    ['64 kB', { value: 'x'.repeat(65_534), level: 'tenant' }, []],
    ['more than 64 kB', { value: 'x'.repeat(65_535), level: 'tenant' }, ['custom value']],
    ['30 levels', { value: nested(30), level: 'tenant' }, []],
    ['31 levels', { value: nested(31), level: 'tenant' }, ['custom value']],
    ['no storable text', { value: { a: '\u0000' }, level: 'tenant' }, ['custom value']],
    ['a hostile name', { value: JSON.parse('{"__proto__":1}'), level: 'tenant' }, ['custom value']],
    ['no level', { value: 1 }, ['invalid_value level']],
    ['no group', { value: 1, level: 'group' }, ['custom group']],
    ['a group', { value: 1, level: 'group', group: 'north' }, []],
    ['a group too many', { value: 1, level: 'tenant', group: 'north' }, ['custom group']],
    ['a group with a separator', { value: 1, level: 'group', group: 'a#b' }, ['invalid_format group']],
    ['a user', { value: 1, level: 'user', userId: 'a#b c' }, []],
    ['a user too many', { value: 1, level: 'common', userId: 'a' }, ['custom userId']],
    ['authorship', { value: 1, level: 'tenant', byOperator: true }, ['unrecognized_keys']],
  ])('with %s', (_what, body, expected) => {
    expect(paths(body)).toEqual(expected);
  });

  it('and one to delete name the owner alike', () => {
    expect(deleteSettingQuery.safeParse({ level: 'group' }).success).toBe(false);
    expect(deleteSettingQuery.parse({ level: 'user' })).toEqual({ level: 'user' });
  });
});
