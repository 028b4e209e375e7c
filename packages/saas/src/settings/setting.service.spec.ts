import { type JsonValue, SYSTEM_SCOPE } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { SETTING_COUNT_LIMITS } from './setting.js';
import { type SettingTarget } from './setting.schema.js';
import { caller, openSettings } from './settings.fixture.js';

const operator = caller('system_admin', null);
const admin = caller('admin');
const member = caller('member');
const holding = caller('admin', 'holding');
const rival = caller('admin', 'rival');

type Opened = ReturnType<typeof openSettings>;

/** One value per place, from the farthest to the nearest; each says where it stands. */
const PLACES: [string, Parameters<typeof caller>, SettingTarget][] = [
  ['common', ['system_admin', null], { level: 'common' }],
  ['holding', ['admin', 'holding'], { level: 'tenant' }],
  ['acme', ['admin'], { level: 'tenant' }],
  ['south', ['admin'], { level: 'group', group: 'south' }],
  ['north', ['admin'], { level: 'group', group: 'north' }],
  ['member', ['member'], { level: 'user' }],
];

async function fill({ settings }: Opened, name = 'theme'): Promise<void> {
  for (const [value, who, target] of PLACES) await settings.put(name, { value, ...target }, caller(...who));
}

describe('the nearest setting', () => {
  it('wins, and deleting it lets the next one hold, down to none', async () => {
    const opened = openSettings();
    const { settings } = opened;
    await fill(opened);
    for (const [value, who, target] of PLACES.toReversed()) {
      expect(await settings.get('theme', member)).toEqual({ name: 'theme', value });
      expect((await settings.list({ limit: 50 }, member)).items).toEqual([{ name: 'theme', value }]);
      expect(await settings.delete('theme', target, caller(...who))).toMatchObject({
        value,
        isDeleted: true,
      });
    }
    await expect(settings.get('theme', member)).rejects.toMatchObject({ code: 'not_found' });
    expect(await settings.find('theme', member)).toBeNull();
    expect((await settings.list({ limit: 50 }, member)).items).toEqual([]);
  });

  it('is the same whatever the order of writing', async () => {
    const opened = openSettings();
    for (const [value, who, target] of PLACES.toReversed())
      await opened.settings.put('theme', { value, ...target }, caller(...who));
    expect(await opened.settings.get('theme', member)).toEqual({ name: 'theme', value: 'member' });
  });

  it('says where it comes from and what it hides', async () => {
    const opened = openSettings();
    await fill(opened);
    const origin = (level: string, source: string) => ({ level, source, version: 1, value: source });
    expect(await opened.settings.get('theme', member, { explain: true })).toEqual({
      ...{ name: 'theme', ...origin('user', 'member') },
      shadowed: [
        origin('group', 'north'),
        origin('group', 'south'),
        origin('tenant', 'acme'),
        origin('tenant', 'holding'),
        origin('common', 'common'),
      ],
    });
  });

  it('is that of the groups of the roles: an admin has south alone, an operator none', async () => {
    const opened = openSettings();
    await fill(opened);
    const value = async (who: typeof admin) => (await opened.settings.get('theme', who)).value;
    expect(await value(admin)).toBe('south');
    expect(await value(caller('system_admin', 'acme'))).toBe('acme');
    expect(await value(operator)).toBe('common');
    expect(await value(caller('member', 'holding'))).toBe('holding');
    expect(await value(rival)).toBe('common');
  });

  it('is not that of a deleted group', async () => {
    const opened = openSettings();
    await fill(opened);
    opened.memory.put({ kind: 'partial', pk: 'TENANT#acme', sk: 'GROUP#south', version: 1, isDeleted: true });
    expect((await opened.settings.get('theme', admin)).value).toBe('acme');
    const again = { value: 1, level: 'group' as const, group: 'south' };
    await expect(opened.settings.put('theme', again, admin)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('may be null', async () => {
    const { settings } = openSettings();
    await settings.put('theme', { value: 'dark', level: 'tenant' }, admin);
    await settings.put('theme', { value: null, level: 'user' }, member);
    expect(await settings.get('theme', member)).toEqual({ name: 'theme', value: null });
  });

  it.each(['constructor', 'toString', '__proto__', 'a#b', 'x'.repeat(200), ''])(
    'is none for %j',
    async (name) => {
      const { settings } = openSettings();
      expect(await settings.find(name, member)).toBeNull();
    },
  );

  it('of the name constructor is as any other', async () => {
    const { settings } = openSettings();
    await settings.put('constructor', { value: 1, level: 'tenant' }, admin);
    expect((await settings.list({ limit: 5 }, member)).items).toEqual([{ name: 'constructor', value: 1 }]);
  });

  it('of the common level is master data', async () => {
    const { settings, data } = openSettings();
    await settings.put('theme', { value: 'dark', level: 'common' }, operator);
    const found = await new MasterService(data).getByCode('SETTING', 'theme', { scope: SYSTEM_SCOPE });
    expect(found).toMatchObject({ tenantCode: 'common', type: 'SETTING', attributes: { value: 'dark' } });
  });
});

describe('lists', () => {
  it('go on behind a name and merge all levels', async () => {
    const opened = openSettings();
    for (const name of ['b', 'd', 'a']) await fill(opened, name);
    await opened.settings.put('c', { value: 'c', level: 'tenant' }, holding);
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await opened.settings.list({ limit: 2, ...(cursor ? { cursor } : {}) }, member);
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(names).toEqual(['a', 'b', 'c', 'd']);
  });

  it('cost a read per owner, whatever they hold', async () => {
    const opened = openSettings();
    for (let index = 0; index < 30; index += 1) await fill(opened, `n${index}`);
    opened.memory.reads = 0;
    await opened.settings.list({ limit: 10 }, member);
    expect(opened.memory.reads).toBe(2 + 6);
    opened.memory.reads = 0;
    await opened.settings.get('n7', member);
    expect(opened.memory.reads).toBe(2 + 2);
  });

  it.each(['x', '', Buffer.from('["features","a"]').toString('base64url')])(
    'refuse the cursor %j',
    async (cursor) => {
      const refused = openSettings().settings.list({ limit: 2, cursor }, member);
      await expect(refused).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ path: 'cursor' }],
      });
    },
  );
});

describe('another tenant', () => {
  it('is not there: neither its settings, nor its groups, nor its users', async () => {
    const opened = openSettings();
    await fill(opened);
    expect((await opened.settings.list({ limit: 50 }, rival)).items).toEqual([
      { name: 'theme', value: 'common' },
    ]);
    for (const target of [
      { level: 'group' as const, group: 'west' },
      { level: 'user' as const, userId: 'spy' },
    ]) {
      const refused = opened.settings.put('theme', { value: 1, ...target }, admin);
      await expect(refused).rejects.toMatchObject({ code: 'not_found' });
      await expect(opened.settings.delete('theme', target, admin)).rejects.toMatchObject({
        code: 'not_found',
      });
    }
    const spying = opened.settings.list({ limit: 5 }, admin, { userId: 'spy' });
    await expect(spying).rejects.toMatchObject({ code: 'not_found', message: 'user not found' });
  });

  it('above is seen with its tenant level only', async () => {
    const { settings } = openSettings();
    await settings.put('mine', { value: 1, level: 'user' }, holding);
    await settings.put('ours', { value: 1, level: 'tenant' }, holding);
    await settings.put('below', { value: 1, level: 'tenant' }, admin);
    const names = async (who: typeof admin) =>
      (await settings.list({ limit: 50 }, who)).items.map(({ name }) => name);
    expect(await names(admin)).toEqual(['below', 'ours']);
    expect(await names(holding)).toEqual(['mine', 'ours']);
    expect(await names(caller('admin', 'acme', holding.user.userId))).toEqual(['below', 'ours']);
  });

  it('that is not there is told to an operator', async () => {
    const { settings } = openSettings();
    const nobody = caller('system_admin', 'nobody');
    await expect(settings.list({ limit: 1 }, nobody)).rejects.toMatchObject({ code: 'not_found' });
    const refused = settings.put('a', { value: 1, level: 'user' }, nobody);
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('another user of the tenant', () => {
  it('is read and written by an admin, with the groups of that user', async () => {
    const opened = openSettings();
    await fill(opened);
    expect(await opened.settings.get('theme', admin, { userId: 'member' })).toMatchObject({
      value: 'member',
    });
    await opened.settings.delete('theme', { level: 'user', userId: 'member' }, admin);
    expect(await opened.settings.get('theme', admin, { userId: 'member' })).toMatchObject({ value: 'north' });
    await opened.settings.put('theme', { value: 'set', level: 'user', userId: 'member' }, admin);
    expect(await opened.settings.get('theme', member)).toMatchObject({ value: 'set' });
  });

  it('is nothing to a member, there or not', async () => {
    const { settings } = openSettings();
    for (const userId of ['admin', 'nobody']) {
      await expect(settings.get('a', member, { userId })).rejects.toMatchObject({ code: 'forbidden' });
      const refused = settings.put('a', { value: 1, level: 'user', userId }, member);
      await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('has a name that cannot be a key: not there', async () => {
    const refused = openSettings().settings.get('a', admin, { userId: '\u{1F600}'.repeat(255) });
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('writing', () => {
  const put = ({ settings }: Opened, value: JsonValue, ifMatch: number | null = null) =>
    settings.put('theme', { value, level: 'tenant' }, admin, ifMatch);

  it('counts versions, and leaves what does not change', async () => {
    const opened = openSettings();
    expect(await put(opened, { a: 1 })).toMatchObject({ version: 1, level: 'tenant', source: 'acme' });
    expect(await put(opened, { a: 1 })).toMatchObject({ version: 1 });
    expect(await put(opened, { b: 2 })).toMatchObject({ version: 2, value: { b: 2 }, byOperator: false });
  });

  it('takes the version it is told, 0 for none', async () => {
    const opened = openSettings();
    await put(opened, 1, 0);
    await expect(put(opened, 2, 0)).rejects.toMatchObject({ code: 'version_conflict' });
    await expect(put(opened, 2, 5)).rejects.toMatchObject({ facts: { currentVersion: 1, givenVersion: 5 } });
    await put(opened, 2, 1);
    const remove = (ifMatch: number) => opened.settings.delete('theme', { level: 'tenant' }, admin, ifMatch);
    await expect(remove(1)).rejects.toMatchObject({ code: 'version_conflict' });
    await remove(2);
    await expect(put(opened, 3, 3)).rejects.toMatchObject({ code: 'version_conflict' });
    expect(await put(opened, 3, 0)).toMatchObject({ version: 4, isDeleted: false });
  });

  it('goes on when somebody else wrote in between, and counts once', async () => {
    const opened = openSettings();
    opened.memory.meanwhile = () => put(opened, 'theirs');
    expect(await put(opened, 'ours')).toMatchObject({ version: 2, value: 'ours' });
    expect(opened.memory.items.get('TENANT#acme#SETTINGTALLY#tenant')?.attributes).toEqual({
      count: 1,
      bytes: 6,
    });
  });

  it('refuses more settings than the limit, and takes one again after another is gone', async () => {
    const opened = openSettings();
    const own = (name: string, value: JsonValue = 1) =>
      opened.settings.put(name, { value, level: 'user' }, member);
    const limit = SETTING_COUNT_LIMITS.user;
    for (let index = 0; index < limit; index += 1) await own(`n${index}`);
    await expect(own('more')).rejects.toMatchObject({
      code: 'out_of_bounds',
      message: `user member may have at most ${limit} settings; delete some that are not needed`,
    });
    await own('n0', 'changed');
    await opened.settings.delete('n1', { level: 'user' }, member);
    await own('more');
    await expect(own('n1')).rejects.toMatchObject({ code: 'out_of_bounds' });
  });

  it('refuses values of more than a megabyte in sum', async () => {
    const opened = openSettings();
    const large = 'x'.repeat(65_534);
    for (let index = 0; index < 16; index += 1)
      await opened.settings.put(`n${index}`, { value: large, level: 'tenant' }, admin);
    await expect(put(opened, 1)).rejects.toMatchObject({
      code: 'out_of_bounds',
      message: expect.stringContaining('1048576 bytes'),
    });
    await opened.settings.put('n0', { value: 1, level: 'tenant' }, admin);
    await put(opened, 1);
  });

  it('keeps a value as deep as a request may say', async () => {
    const deep = JSON.parse(`${'['.repeat(30)}1${']'.repeat(30)}`) as JsonValue;
    expect(await put(openSettings(), deep)).toMatchObject({ value: deep });
  });

  it('is for those who may', async () => {
    const { settings, memory } = openSettings();
    const before = memory.items.size;
    const tries: [typeof admin, SettingTarget, string][] = [
      [member, { level: 'tenant' }, 'forbidden'],
      [member, { level: 'group', group: 'north' }, 'forbidden'],
      [admin, { level: 'common' }, 'forbidden'],
      [caller('system_admin', 'acme'), { level: 'common' }, 'forbidden'],
      [operator, { level: 'tenant' }, 'validation_failed'],
      [operator, { level: 'user' }, 'validation_failed'],
      [admin, { level: 'group' }, 'validation_failed'],
    ];
    for (const [who, target, code] of tries) {
      await expect(settings.put('a', { value: 1, ...target }, who)).rejects.toMatchObject({ code });
      await expect(settings.delete('a', target, who)).rejects.toMatchObject({ code });
    }
    expect(memory.items.size).toBe(before);
  });
});
