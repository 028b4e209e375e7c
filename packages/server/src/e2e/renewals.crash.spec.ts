import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreModule, type InvokeContext, SYSTEM_SCOPE } from '@landlord/kernel';
import { addDays, type LocalDate, localDateOf, periodByIndex, timeZoneOf } from '@landlord/kernel/pure';
import { migrate, PostgresStore } from '@landlord/postgres';
import { startEmbeddedPostgres } from '@landlord/postgres/embedded';
import { createTestDatabase } from '@landlord/postgres/testing';
import {
  PlanService,
  SaasModule,
  SubscriptionChanges,
  SubscriptionService,
  TenantService,
} from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from './server-process.js';

const TENANTS = Number(process.env.LANDLORD_CRASH_SUBSCRIPTIONS ?? 1_000);
const KILLS_LIMIT = 12;
const TRIAL_DAYS = 14;
/** Four months and some days: no period begins while the test runs. */
const ACTIVE_DAYS = 130;
const UTC = timeZoneOf('UTC');

const today = localDateOf(new Date().toISOString(), UTC);
const activeFrom = addDays(today, -ACTIVE_DAYS);
const begunAt = `${addDays(activeFrom, -TRIAL_DAYS)}T12:00:00.000Z`;
const tenants = Array.from({ length: TENANTS }, (_each, index) => `t${index}`);

const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  ...{ requestId: 'req-1', source: 'test', ip: null, idempotency: null },
};
const adminOf = (tenantCode: string): InvokeContext => ({
  ...operator,
  user: { userId: 'admin', tenantCode, roles: ['admin'] },
});

describe(`${TENANTS} subscriptions months behind, two processes at them, one killed again and again`, () => {
  const undo: (() => Promise<unknown>)[] = [];
  const folders: string[] = [];
  const servers: ServerProcess[] = [];
  let databaseUrl: string;
  let store: PostgresStore;
  let app: INestApplicationContext;

  const folder = async () => {
    const path = await mkdtemp(join(tmpdir(), 'landlord-crash-'));
    undo.push(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
    return path;
  };
  const start = async (index: number) => {
    const env = { DATABASE_URL: databaseUrl, LANDLORD_LOG_LEVEL: 'error' };
    servers[index] = await ServerProcess.start({ dataDir: folders[index] ?? '', env });
  };
  const isLeft = async () => {
    const query = { type: 'SUBSCRIPTION', until: new Date().toISOString(), limit: 1 };
    return (await store.dueItems(SYSTEM_SCOPE, query)).items.length > 0;
  };

  beforeAll(async () => {
    databaseUrl = await openDatabase(await folder(), undo);
    store = new PostgresStore({ connectionString: databaseUrl });
    undo.push(() => store.close());
    app = await openApplication(store);
    undo.push(() => app.close());
    await app.get(PlanService).seed();
    await inBatches(tenants, 20, async (companySlug) => {
      const body = { companySlug, companyName: companySlug, planCode: 'starter', timezone: UTC };
      await app.get(TenantService).provision(operator, body);
      const command = { kind: 'setPaymentMethod', paymentMethodId: 'pm_1' } as const;
      await app.get(SubscriptionChanges).request(adminOf(companySlug), { command, ifMatch: null });
    });
    folders.push(await folder(), await folder());
  }, 180_000);
  afterAll(async () => {
    for (const server of servers) await server.stop();
    for (const each of undo.toReversed()) await each();
  }, 60_000);

  it('comes to an end', async () => {
    await Promise.all([start(0), start(1)]);
    let kills = 0;
    let isCutShort = false;
    while (kills < KILLS_LIMIT && (await isLeft())) {
      await pause(100 + (kills % 4) * 150);
      const victim = kills % 3 === 2 ? 1 : 0;
      await servers[victim]?.kill('SIGKILL');
      kills += 1;
      isCutShort ||= await isLeft();
      await start(victim);
    }
    console.info(`killed ${kills} times`);
    // How often depends on the machine; in the middle of the work at least once.
    expect(isCutShort).toBe(true);
    const deadline = Date.now() + 120_000;
    while ((await isLeft()) && Date.now() < deadline) await pause(100);
    expect(await isLeft()).toBe(false);
  }, 240_000);

  it('has done each thing of each subscription once, in order, and has set none aside', async () => {
    const expected = expectedEvents();
    await inBatches(tenants, 20, async (code) => {
      const context = adminOf(code);
      const { items } = await app.get(SubscriptionService).listEvents(context, { limit: 200 });
      const told = items.map(({ name, effectiveAt }) => `${name} ${effectiveAt}`).toReversed();
      expect([code, told]).toEqual([code, expected]);
      const { version, currentPeriod } = await app.get(SubscriptionService).getCurrent(context);
      // Given a means of payment, too, which tells of nothing.
      expect([code, version]).toEqual([code, 1 + expected.length]);
      expect(currentPeriod).toEqual(periodByIndex(activeFrom, 'monthly', 4));
    });
  }, 120_000);

  it('leaves no version out of the log', async () => {
    await inBatches(tenants, 20, async (tenantCode) => {
      const head = await store.auditHead(SYSTEM_SCOPE, tenantCode);
      const links = await store.auditChain(SYSTEM_SCOPE, { tenantCode, afterSequence: 0, limit: 200 });
      expect([tenantCode, links.length]).toEqual([tenantCode, head?.sequence]);
    });
  }, 120_000);
});

function expectedEvents(): string[] {
  const at = (day: LocalDate) => `${day}T00:00:00.000Z`;
  const renewals = [1, 2, 3, 4].map((index) => periodByIndex(activeFrom, 'monthly', index).from);
  return [
    `subscription.created ${begunAt}`,
    `subscription.trial_ending ${at(addDays(activeFrom, -3))}`,
    `subscription.trial_ending ${at(addDays(activeFrom, -1))}`,
    `subscription.activated ${at(activeFrom)}`,
    ...renewals.map((day) => `subscription.renewed ${at(day)}`),
  ];
}

/** Of a server of its own, that no process under test takes with it when it is killed. */
async function openDatabase(dataDir: string, undo: (() => Promise<unknown>)[]): Promise<string> {
  const given = process.env.LANDLORD_TEST_DATABASE_URL;
  if (given) {
    const database = await createTestDatabase(given);
    undo.push(() => database.drop());
    return database.url;
  }
  const { connectionString, stop } = await startEmbeddedPostgres({ dataDir });
  undo.push(stop);
  await migrate(connectionString);
  return connectionString;
}

async function openApplication(store: PostgresStore): Promise<INestApplicationContext> {
  const core = CoreModule.forRoot({ store, clock: { now: () => begunAt }, runFeed: false });
  @Module({ imports: [core, SaasModule] })
  class Application {}
  return NestFactory.createApplicationContext(Application, { logger: false });
}

async function inBatches<T>(values: readonly T[], size: number, work: (value: T) => Promise<void>) {
  for (let first = 0; first < values.length; first += size)
    await Promise.all(values.slice(first, first + size).map(work));
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
