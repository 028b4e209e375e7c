import { CoreModule, FeedRunner, type InvokeContext, Quantity, tenantPk, timeZoneOf } from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import {
  AlertService,
  PlanService,
  SaasModule,
  SettingService,
  SubscriptionChanges,
  TenantService,
  UsageService,
} from '@landlord/saas';
import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  ...{ requestId: 'req-1', source: 'test', ip: null, idempotency: null },
};
const adminOf = (tenantCode: string): InvokeContext => ({
  ...operator,
  user: { userId: 'admin', tenantCode, roles: ['admin'] },
});
const timezone = timeZoneOf('Asia/Tokyo');

/** starter: 10,000 calls, 10 GB, 3 projects; professional: 100,000, 100, 20. */
describe('alerts in two processes, on PostgreSQL', () => {
  let now = '2024-01-20T00:00:00.000Z';
  let database: TestDatabase;
  const stores: PostgresStore[] = [];
  const apps: INestApplicationContext[] = [];
  let tenant = '';
  let count = 0;

  async function open(): Promise<void> {
    const store = new PostgresStore({ connectionString: database.url });
    stores.push(store);
    const core = CoreModule.forRoot({ store, clock: { now: () => now }, runFeed: false });
    @Module({ imports: [core, SaasModule] })
    class Application {}
    apps.push(await NestFactory.createApplicationContext(Application, { logger: false }));
  }

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    await open();
    await open();
    await service(PlanService).seed();
  });
  beforeEach(async () => {
    now = '2024-01-20T00:00:00.000Z';
    count += 1;
    tenant = `t${count}`;
    await provision(tenant);
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    for (const store of stores) await store.close();
    await database?.drop();
  });

  function service<T>(type: Type<T>, process = 0): T {
    const app = apps[process];
    if (!app) throw new Error('there is no such process');
    return app.get(type);
  }
  const provision = (companySlug: string) =>
    service(TenantService).provision(operator, {
      companySlug,
      companyName: companySlug,
      planCode: 'starter',
      timezone,
    });
  const drain = async () => {
    await Promise.all(apps.map((app) => app.get(FeedRunner).drain()));
  };
  let ids = 0;
  const use = async (quantity: number, metric = 'apiCalls', timestamp?: string, code = tenant) => {
    ids += 1;
    const event = { id: `e${ids}`, metric, quantity: Quantity.of(quantity) };
    const events = [{ ...event, ...(timestamp ? { timestamp } : {}) }];
    await service(UsageService, ids % 2).record(adminOf(code), events);
  };
  const alerts = async (code = tenant) => {
    const { items } = await service(AlertService).list(adminOf(code), { limit: 200 });
    return items.map(({ id }) => id).reverse();
  };
  const changePlan = (planCode: string) =>
    service(SubscriptionChanges).changePlan(adminOf(tenant), { planCode, when: 'now', ifMatch: null });
  const setThresholds = (value: Record<string, number[]>) =>
    service(SettingService).put('usage.thresholds', { value, level: 'tenant' }, adminOf(tenant));

  it('come once each, however many processes cross at once', async () => {
    await Promise.all(Array.from({ length: 40 }, () => use(250)));
    await drain();
    expect(await alerts()).toEqual(['2024-01.apiCalls.80', '2024-01.apiCalls.100']);
    const { items } = await service(AlertService).list(adminOf(tenant), { limit: 1 });
    expect(items).toEqual([
      {
        id: '2024-01.apiCalls.100',
        name: 'usage.limit_reached',
        metric: 'apiCalls',
        percent: 100,
        period: '2024-01',
        current: 10_000,
        limit: 10_000,
        occurredAt: now,
      },
    ]);
  });

  it('come once also when the same is looked at many times at once, and told again', async () => {
    await use(9_000);
    const cause = { requestId: 'req-1', source: 'test' };
    await Promise.all(
      Array.from({ length: 20 }, (_each, index) => service(AlertService, index % 2).look(tenant, cause)),
    );
    await drain();
    await service(AlertService).look(tenant, cause);
    expect(await alerts()).toEqual(['2024-01.apiCalls.80']);
  });

  it('come once a month: a raised limit that is reached again raises none, a new month does', async () => {
    await use(9_000);
    await drain();
    await changePlan('professional');
    await use(81_000);
    await drain();
    expect(await alerts()).toEqual(['2024-01.apiCalls.80']);
    now = '2024-01-31T15:00:00.000Z';
    await use(100_000);
    await drain();
    expect(await alerts()).toEqual(['2024-01.apiCalls.80', '2024-02.apiCalls.80', '2024-02.apiCalls.100']);
  });

  it('come when the limit falls below what is used', async () => {
    await changePlan('professional');
    await use(8_500);
    await use(2.5, 'storageUsedGb');
    await drain();
    expect(await alerts()).toEqual([]);
    await changePlan('starter');
    await drain();
    expect(await alerts()).toEqual(['2024-01.apiCalls.80']);
  });

  it('come for gauges, once though they fall and rise, and again in the month after', async () => {
    for (const delta of [2, 1, -3, 3]) {
      await use(delta, 'projectCount');
      await drain();
    }
    expect(await alerts()).toEqual(['2024-01.projectCount.80', '2024-01.projectCount.100']);
    now = '2024-02-10T00:00:00.000Z';
    await use(1, 'storageUsedGb');
    await drain();
    expect((await alerts()).slice(2)).toEqual(['2024-02.projectCount.80', '2024-02.projectCount.100']);
  });

  it('come at thresholds of its own, as soon as they are named', async () => {
    await use(6_000);
    await drain();
    await setThresholds({ apiCalls: [50, 70] });
    await drain();
    expect(await alerts()).toEqual(['2024-01.apiCalls.50']);
    await use(1_500);
    await drain();
    expect(await alerts()).toEqual(['2024-01.apiCalls.50', '2024-01.apiCalls.70']);
  });

  it('come late into a month that is over for what is passed then, not for what had been', async () => {
    await changePlan('professional');
    await use(9_000);
    await drain();
    now = '2024-02-01T00:00:00.000Z';
    await changePlan('starter');
    await drain();
    await use(1, 'apiCalls', '2024-01-25T00:00:00.000Z');
    await drain();
    expect(await alerts()).toEqual([]);
    await use(1_000, 'apiCalls', '2024-01-25T00:00:00.000Z');
    await drain();
    expect(await alerts()).toEqual(['2024-01.apiCalls.100']);
  });

  it('come for the subscriber from the use below, and for the one below from its cap', async () => {
    const child = `${tenant}-child`;
    const tenants = service(TenantService);
    const body = { code: child, name: child, parentCode: tenant, timezone };
    await tenants.createTenant(body, { invokeContext: operator });
    const key = { pk: tenantPk(child), sk: 'MASTER' };
    await tenants.updateTenant(key, { caps: { apiCalls: 1_000 } }, { invokeContext: operator });
    await use(7_500);
    await use(850, 'apiCalls', undefined, child);
    await drain();
    expect([await alerts(), await alerts(child)]).toEqual([['2024-01.apiCalls.80'], ['2024-01.apiCalls.80']]);
  });

  it('do not come without a subscription', async () => {
    await service(SubscriptionChanges).request(adminOf(tenant), {
      command: { kind: 'cancel', reason: 'over', when: 'now' },
      ifMatch: null,
    });
    await use(20_000);
    await drain();
    expect(await alerts()).toEqual([]);
  });
});
