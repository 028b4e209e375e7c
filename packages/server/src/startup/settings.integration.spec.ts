import {
  CommandService,
  CoreModule,
  DataService,
  type FullInput,
  type InvokeContext,
  type Role,
  SYSTEM_SCOPE,
  SystemClock,
  timeZoneOf,
  VERSION_FIRST,
} from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import { FeatureService, PlanService, SaasModule, SettingService, TenantService } from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

function caller(role: Role, tenantCode: string | null, userId: string = role): InvokeContext {
  return {
    user: { userId, tenantCode, roles: [role] },
    ...{ requestId: 'req-1', source: 'test', ip: null, idempotency: null },
  };
}

const operator = caller('system_admin', null);
const admin = caller('admin', 'shop');
const member = caller('member', 'shop', 'a#b c/é');

describe('settings and features below a tenant that pays, on PostgreSQL', () => {
  let database: TestDatabase;
  let store: PostgresStore;
  let app: INestApplicationContext;
  let settings: SettingService;
  let features: FeatureService;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    store = new PostgresStore({ connectionString: database.url });
    const core = CoreModule.forRoot({ store, clock: new SystemClock(), runFeed: false });
    @Module({ imports: [core, SaasModule] })
    class Application {}
    app = await NestFactory.createApplicationContext(Application, { logger: false });
    [settings, features] = [app.get(SettingService), app.get(FeatureService)];
    await app.get(PlanService).seed();
    await writeGoldPlan();
    for (const companySlug of ['group', 'rival'])
      await app.get(TenantService).provision(operator, {
        companySlug,
        companyName: companySlug,
        planCode: 'gold',
        timezone: timeZoneOf('UTC'),
      });
    await placeShop();
  });
  afterAll(async () => {
    await app?.close();
    await store?.close();
    await database?.drop();
  });

  /** The plan starter with features. */
  async function writeGoldPlan(): Promise<void> {
    const { code: _code, ...plan } = await app.get(PlanService).get('starter');
    const features = [{ name: 'sso', enabled: true, value: 'saml' }];
    const attributes = { ...plan, features } as unknown as FullInput['attributes'];
    for (const [type, sk] of [
      ['PLAN', 'PLAN#gold'],
      ['PLANVERSION', 'PLANVERSION#gold#00001'],
    ] as const) {
      const key = { pk: 'MASTER#COMMON', sk, version: VERSION_FIRST };
      const input = { ...key, tenantCode: 'common', type, code: 'gold', name: 'Gold', attributes };
      await app.get(CommandService).publishAsync(input, { invokeContext: operator });
    }
  }

  /** A child of `group`, with a group of its own whose settings hold for members. */
  async function placeShop(): Promise<void> {
    const group = await app.get(TenantService).get(operator, 'group');
    const north = { role: 'member', groups: ['north'], settingGroups: ['north'], mode: 'auto' };
    const { code, name, version, createdAt, updatedAt, ...rest } = group;
    const place = { parentCode: 'group', ancestors: ['group'], billing: 'parent', settingGroups: [north] };
    const item = (sk: string, type: string, attributes: FullInput['attributes']): FullInput => ({
      ...{ pk: 'TENANT#shop', sk, version: VERSION_FIRST, tenantCode: 'shop', type },
      ...{ code: type === 'GROUP' ? 'north' : 'shop', name: 'shop', attributes },
    });
    const commands = app.get(CommandService);
    const options = { invokeContext: operator, scope: SYSTEM_SCOPE };
    await commands.publishAsync(
      item('MASTER', 'TENANT', { ...rest, ...place } as FullInput['attributes']),
      options,
    );
    await commands.publishAsync(item('GROUP#north', 'GROUP', {}), options);
  }

  it('find the nearest of every level, in one order', async () => {
    const parent = caller('admin', 'group');
    await settings.put('theme', { value: 'common', level: 'common' }, operator);
    await settings.put('theme', { value: 'parent', level: 'tenant' }, parent);
    await settings.put('secret', { value: 'parent', level: 'user' }, parent);
    await settings.put('theme', { value: 'shop', level: 'tenant' }, admin);
    await settings.put('theme', { value: 'north', level: 'group', group: 'north' }, admin);
    await settings.put('theme', { value: { a: [1, 0.1, null] }, level: 'user' }, member);
    const found = await settings.get('theme', member, { explain: true });
    expect(found).toMatchObject({ value: { a: [1, 0.1, null] }, level: 'user', source: 'a#b c/é' });
    expect(found.shadowed?.map(({ value }) => value)).toEqual(['north', 'shop', 'parent', 'common']);
    expect(await settings.get('theme', caller('member', 'rival'))).toEqual({
      name: 'theme',
      value: 'common',
    });
    await expect(settings.get('secret', admin)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('page through names in the order of bytes', async () => {
    const names = ['P', 'p', 'p-a', 'p.a', 'pA', 'p_a', 'pa', 'p0'];
    const levels = ['tenant', 'user'] as const;
    for (const [index, name] of names.entries())
      await settings.put(name, { value: index, level: levels[index % 2] ?? 'tenant' }, admin);
    const shown: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await settings.list({ limit: 1, ...(cursor ? { cursor } : {}) }, admin);
      shown.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(shown).toEqual([...names, 'theme'].sort());
  });

  it('count exactly when many write at once', async () => {
    const writer = caller('member', 'shop', 'many');
    const write = (index: number) => settings.put(`n${index % 230}`, { value: index, level: 'user' }, writer);
    const results = await Promise.allSettled(Array.from({ length: 230 }, (_, index) => write(index)));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(30);
    for (const result of refused) expect(result).toMatchObject({ reason: { code: 'out_of_bounds' } });
    const page = await settings.list({ limit: 200 }, writer);
    const own = page.items.filter(({ name }) => /^n\d/.test(name));
    expect(own.length).toBeGreaterThan(190);
    const [first] = own;
    await Promise.all(
      [1, 2, 3, 4].map((value) => settings.put(first?.name ?? '', { value, level: 'user' }, writer)),
    );
    const tallies = await app
      .get(DataService)
      .listItemsByPk(
        'TENANT#shop',
        { sk: { beginsWith: 'SETTINGTALLY#user#' }, limit: 200 },
        { scope: SYSTEM_SCOPE },
      );
    expect(tallies.items.map(({ attributes }) => attributes.count)).toContain(200);
  });

  it('are features of the plan that the parent signed', async () => {
    expect(await features.get('sso', member, { explain: true })).toMatchObject({
      ...{ enabled: true, value: 'saml', source: 'plan', explain: { plan: { tenantCode: 'group' } } },
    });
    await settings.put('feature.sso', { value: false, level: 'tenant' }, admin);
    expect(await features.isEnabled('sso', member)).toBe(false);
    expect(await features.isEnabled('sso', caller('member', 'group'))).toBe(true);
  });
});
