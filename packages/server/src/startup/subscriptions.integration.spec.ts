import { CoreModule, type InvokeContext, Quantity, timeZoneOf } from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import {
  PlanService,
  SaasModule,
  SubscriptionChanges,
  SubscriptionRenewals,
  SubscriptionService,
  TenantService,
  UsageService,
} from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const START = '2024-01-31T09:00:00.000Z';
const TENANTS = Array.from({ length: 24 }, (_each, index) => `t${index}`);

const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  ...{ requestId: 'req-1', source: 'test', ip: null, idempotency: null },
};
const adminOf = (tenantCode: string): InvokeContext => ({
  ...operator,
  user: { userId: 'admin', tenantCode, roles: ['admin'] },
});

describe('subscriptions in two processes, on PostgreSQL', () => {
  let now = START;
  let database: TestDatabase;
  const stores: PostgresStore[] = [];
  const apps: INestApplicationContext[] = [];

  async function open(): Promise<INestApplicationContext> {
    const store = new PostgresStore({ connectionString: database.url });
    stores.push(store);
    const core = CoreModule.forRoot({ store, clock: { now: () => now }, runFeed: false });
    @Module({ imports: [core, SaasModule] })
    class Application {}
    const app = await NestFactory.createApplicationContext(Application, { logger: false });
    apps.push(app);
    return app;
  }

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    const app = await open();
    await open();
    await app.get(PlanService).seed();
    for (const companySlug of TENANTS) {
      const timezone = timeZoneOf('Asia/Tokyo');
      const body = { companySlug, companyName: companySlug, planCode: 'starter', timezone };
      await app.get(TenantService).provision(operator, body);
      const command = { kind: 'setPaymentMethod', paymentMethodId: 'pm_1' } as const;
      await app.get(SubscriptionChanges).request(adminOf(companySlug), { command, ifMatch: null });
    }
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    for (const store of stores) await store.close();
    await database?.drop();
  });

  const eventsOf = async (tenantCode: string) => {
    const service = apps[0]?.get(SubscriptionService);
    const { items = [] } = (await service?.listEvents(adminOf(tenantCode), { limit: 200 })) ?? {};
    return items.map(({ name, effectiveAt }) => [name, effectiveAt]).reverse();
  };

  it('two schedulers at once do a year of everything once, and in order', async () => {
    now = '2025-02-15T00:00:00.000Z';
    const tallies = await Promise.all(apps.map((app) => app.get(SubscriptionRenewals).runDue(now)));
    const total = (name: 'noticed' | 'activated' | 'renewed' | 'failed') =>
      tallies.reduce((sum, tally) => sum + tally[name], 0);
    expect(['noticed', 'activated', 'renewed', 'failed'].map((name) => total(name as 'failed'))).toEqual(
      [2, 1, 12, 0].map((each) => each * TENANTS.length),
    );
    const expected = [
      ['subscription.created', START],
      ['subscription.trial_ending', '2024-02-10T15:00:00.000Z'],
      ['subscription.trial_ending', '2024-02-12T15:00:00.000Z'],
      ['subscription.activated', '2024-02-13T15:00:00.000Z'],
    ];
    for (let month = 3; month <= 14; month += 1)
      expected.push(['subscription.renewed', new Date(Date.UTC(2024, month - 1, 13, 15)).toISOString()]);
    for (const code of TENANTS) expect(await eventsOf(code)).toEqual(expected);
  });

  it('a smaller plan and more use never both win', async () => {
    const [first, second] = apps;
    const [changes, usage] = [first?.get(SubscriptionChanges), second?.get(UsageService)];
    if (!changes || !usage) throw new Error('there are two processes');
    const outcomes = new Set<string>();
    for (const code of TENANTS) {
      const context = adminOf(code);
      const to = (planCode: string) => changes.changePlan(context, { planCode, when: 'now', ifMatch: null });
      await to('professional');
      const consumed = Array.from({ length: 6 }, (_each, index) =>
        usage
          .consume(context, { id: `p${index}`, metric: 'projectCount', quantity: Quantity.of(1) })
          .then(() => 1)
          .catch(() => 0),
      );
      const changed = await to('starter').then(
        () => 'starter',
        (error: { code?: string }) => error.code,
      );
      const used = (await Promise.all(consumed)).reduce<number>((sum, each) => sum + each, 0);
      outcomes.add(String(changed));
      expect([changed, changed === 'starter' ? used <= 3 : used > 3]).toEqual([changed, true]);
    }
    expect([...outcomes].every((each) => ['starter', 'downgrade_blocked'].includes(each))).toBe(true);
  });
});
