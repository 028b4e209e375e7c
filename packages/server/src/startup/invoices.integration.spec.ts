import { CoreModule, FeedRunner, type InvokeContext, timeZoneOf } from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, ownerQuery, type TestDatabase } from '@landlord/postgres/testing';
import {
  BillingService,
  InvoiceService,
  InvoiceVerification,
  PlanService,
  SaasModule,
  SubscriptionChanges,
  SubscriptionRenewals,
  TenantService,
} from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const TENANTS = ['ta', 'tb', 'tc', 'td'];
const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  ...{ requestId: 'req-1', source: 'test', ip: null, idempotency: null },
};
const actingFor = (tenantCode: string): InvokeContext => ({
  ...operator,
  user: { ...operator.user, tenantCode },
});

/** Refuses one commit in `every`, and does another in `every` without saying so, as if killed before or after. */
class FallingStore extends PostgresStore {
  every = 0;
  private commits = 0;

  override async commit(unit: Parameters<PostgresStore['commit']>[0]) {
    this.commits += 1;
    const isFalling = this.every > 0 && unit.origin.userId === 'system';
    if (isFalling && this.commits % this.every === 0) throw new Error('killed before');
    const result = await super.commit(unit);
    if (isFalling && this.commits % this.every === 1) throw new Error('killed after');
    return result;
  }
}

describe('invoices in two processes, on PostgreSQL', () => {
  let now = '2024-01-31T09:00:00.000Z';
  let database: TestDatabase;
  const stores: FallingStore[] = [];
  const apps: INestApplicationContext[] = [];
  const first = () => {
    const [app] = apps;
    if (!app) throw new Error('there are two processes');
    return app;
  };

  async function open(): Promise<void> {
    const store = new FallingStore({ connectionString: database.url });
    stores.push(store);
    const feed = { backoffBaseMs: 1, backoffLimitMs: 5, attemptsLimit: 50 };
    const core = CoreModule.forRoot({ store, clock: { now: () => now }, runFeed: false, feed });
    @Module({ imports: [core, SaasModule] })
    class Application {}
    apps.push(await NestFactory.createApplicationContext(Application, { logger: false }));
  }

  /** By both processes at once, until nothing is left. */
  async function drain(): Promise<void> {
    for (let turns = 0; turns < 200; turns += 1) {
      await Promise.all(apps.map((app) => app.get(FeedRunner).drain()));
      const { pendingItems, deadLetters } = (await stores[0]?.feed.backlog()) ?? { pendingItems: 0 };
      if (pendingItems === 0) return expect(deadLetters).toBe(0);
    }
    throw new Error('the feed does not come to an end');
  }

  const invoicesOf = async (code: string) => {
    const { items } = await first().get(InvoiceService).list(actingFor(code), { limit: 200 });
    return items.toReversed();
  };

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    await open();
    await open();
    await first().get(PlanService).seed();
    for (const companySlug of TENANTS) {
      const timezone = timeZoneOf('UTC');
      const body = { companySlug, companyName: companySlug, planCode: 'professional', timezone };
      await first().get(TenantService).provision(operator, body);
      const command = { kind: 'activate', paymentMethodId: 'pm_1' } as const;
      await first().get(SubscriptionChanges).request(actingFor(companySlug), { command, ifMatch: null });
    }
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    for (const store of stores) await store.close();
    await database?.drop();
  });

  it('a history handled by both at once, with falls, is billed once and without a gap', async () => {
    const changes = first().get(SubscriptionChanges);
    const plan = (planCode: string) => ({ planCode, when: 'now' as const, ifMatch: null });
    for (const code of TENANTS) await changes.changePlan(actingFor(code), plan('enterprise'));
    now = '2024-02-10T09:00:00.000Z';
    for (const code of TENANTS) await changes.changePlan(actingFor(code), plan('starter'));
    now = '2024-06-15T00:00:00.000Z';
    await first().get(SubscriptionRenewals).runDue(now);
    for (const store of stores) store.every = 5;
    await drain();
    for (const store of stores) store.every = 0;
    const shown = async (code: string) =>
      (await invoicesOf(code)).map(({ period, total, status }) => `${period.from} ${total} ${status}`);
    const [any = ''] = TENANTS;
    // Upgraded on the first day: 49900 less 9900. Then 19 of 29 days: 2900 less 49900, and 2900 for March.
    expect(await shown(any)).toEqual([
      '2024-01-31 9900 open',
      '2024-01-31 40000 open',
      '2024-02-29 -27893 paid',
      '2024-03-31 2900 paid',
      '2024-04-30 2900 paid',
      '2024-05-31 2900 paid',
    ]);
    for (const code of TENANTS) {
      expect(await shown(code)).toEqual(await shown(any));
      const numbers = (await invoicesOf(code)).map(({ number }) => number);
      expect(numbers).toEqual(numbers.map((_n, index) => `INV-${code.toUpperCase()}-00000${index + 1}`));
      expect(await first().get(BillingService).balance(actingFor(code), undefined)).toEqual({
        currency: 'USD',
        balance: 27_893 - 3 * 2_900,
      });
    }
  });

  it('credit is exact when invoices are paid and made void at the same time', async () => {
    const [code = ''] = TENANTS;
    const outcomes = await Promise.allSettled(
      apps.flatMap((app) =>
        [1, 2].flatMap((count) => {
          const asked = { number: `INV-${code.toUpperCase()}-00000${count}`, ifMatch: null };
          return [
            app.get(InvoiceService).pay(actingFor(code), asked),
            app.get(InvoiceService).void(actingFor(code), asked),
          ];
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect((await invoicesOf(code)).filter(({ amountDue }) => amountDue > 0)).toEqual([]);
  });

  it('a line tampered with in the database is found', async () => {
    const [, code = ''] = TENANTS;
    const number = `INV-${code.toUpperCase()}-000002`;
    const verify = () => first().get(InvoiceVerification).verify(actingFor(code), number);
    expect(await verify()).toMatchObject({ verified: true, lines: 2 });
    await ownerQuery(
      database.url,
      `update landlord.item set attributes = jsonb_set(attributes, '{lines,1,amount}', '1')
        where pk = $1 and code = $2`,
      [`TENANT#${code}`, number],
    );
    expect(await verify()).toMatchObject({
      verified: false,
      firstDifference: { field: 'amount', expected: 49_900, actual: 1 },
    });
  });
});
