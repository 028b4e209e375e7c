import { CoreModule, FeedRunner, type InvokeContext, timeZoneOf } from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import {
  DEFAULT_WEBHOOK_OPTIONS,
  DeliveryService,
  EndpointSecrets,
  EndpointService,
  PlanService,
  SaasModule,
  SecretBox,
  SubscriptionChanges,
  TenantService,
  type WebhookAnswer,
  WebhookDispatcher,
  type WebhookRequest,
  type WebhookTransport,
} from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { WebhookSupportModule } from '../webhooks/webhook-support.js';

const START = '2024-01-31T09:00:00.000Z';
const TENANTS = ['acme', 'blog', 'corp'];
const EVENTS = 15;

const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  ...{ requestId: 'req-1', source: 'test', ip: null, idempotency: null },
};
const adminOf = (tenantCode: string): InvokeContext => ({
  ...operator,
  user: { userId: 'admin', tenantCode, roles: ['admin'] },
});
const WELL: WebhookAnswer = {
  outcome: 'delivered',
  ...{ status: 200, error: null, response: 'ok', retryAfterMs: null, durationMs: 1 },
};

/** Two processes on one database; whatever they send is kept here. */
describe('webhooks in two processes, on PostgreSQL', () => {
  let now = START;
  let database: TestDatabase;
  let sent: WebhookRequest[] = [];
  let answer: (request: WebhookRequest) => Promise<WebhookAnswer> = async () => WELL;
  const stores: PostgresStore[] = [];
  const apps: INestApplicationContext[] = [];
  const transport: WebhookTransport = {
    urlFlaw: () => null,
    send: (request) => {
      sent.push(request);
      return answer(request);
    },
  };

  async function open(key: number, leaseMs: number): Promise<INestApplicationContext> {
    const store = new PostgresStore({ connectionString: database.url });
    stores.push(store);
    const core = CoreModule.forRoot({ store, clock: { now: () => now }, runFeed: false });
    const secretBox = new SecretBox(new Uint8Array(32).fill(key));
    const options = { ...DEFAULT_WEBHOOK_OPTIONS, leaseMs };
    const support = WebhookSupportModule.forRoot({ transport, secretBox, options });
    @Module({ imports: [core, support, SaasModule] })
    class Application {}
    const app = await NestFactory.createApplicationContext(Application, { logger: false });
    apps.push(app);
    return app;
  }

  const dispatcher = (index: number) => {
    const found = apps[index]?.get(WebhookDispatcher);
    if (!found) throw new Error('there are three processes');
    return found;
  };
  const services = () => {
    const [app] = apps;
    if (!app) throw new Error('there is a process');
    return {
      endpoints: app.get(EndpointService),
      deliveries: app.get(DeliveryService),
      changes: app.get(SubscriptionChanges),
      feed: app.get(FeedRunner),
    };
  };
  let quantity = 1;
  const happen = async (tenantCode: string) => {
    quantity += 1;
    now = new Date(Date.parse(now) + 1_000).toISOString();
    await services().changes.changeQuantity(adminOf(tenantCode), { quantity, when: 'now', ifMatch: null });
  };
  const listed = async (tenantCode: string) =>
    (await services().deliveries.list(adminOf(tenantCode), { limit: 200 })).items;
  const idsOf = (requests: readonly WebhookRequest[]) =>
    requests.map(({ url, headers }) => `${url} ${headers['webhook-id']}`);

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    const app = await open(1, 30_000);
    await open(1, 30_000);
    // One that crashes gives its lease up at once, and one whose key does not fit.
    await open(1, -1);
    await open(2, 30_000);
    await app.get(PlanService).seed();
    for (const companySlug of TENANTS) {
      const timezone = timeZoneOf('UTC');
      const body = { companySlug, companyName: companySlug, planCode: 'professional', timezone };
      await app.get(TenantService).provision(operator, body);
      await app.get(SubscriptionChanges).activate(adminOf(companySlug), { ifMatch: null });
    }
    await services().feed.drain();
    for (const context of [operator, ...TENANTS.map(adminOf)]) {
      const url = `https://${context.user.tenantCode ?? 'vendor'}.example/`;
      await services().endpoints.create(context, { url, description: null, events: ['*'], isActive: true });
    }
  });
  beforeEach(() => {
    sent = [];
    answer = async () => WELL;
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    for (const store of stores) await store.close();
    await database?.drop();
  });

  it('send each attempt once, though both take what is due at once', async () => {
    for (let index = 0; index < EVENTS; index += 1) for (const code of TENANTS) await happen(code);
    await services().feed.drain();
    await Promise.all([0, 1].map((index) => dispatcher(index).runDue(now)));
    const ids = idsOf(sent);
    expect(ids).toHaveLength(EVENTS * TENANTS.length * 2);
    expect(new Set(ids).size).toBe(ids.length);
    for (const code of TENANTS)
      expect((await listed(code)).map(({ status, attemptCount }) => [status, attemptCount])).toEqual(
        Array.from({ length: EVENTS }, () => ['delivered', 1]),
      );
  });

  it('make one delivery of an event, however often the feed tells it', async () => {
    await happen('acme');
    const before = (await listed('acme')).length;
    const failures: unknown[] = [];
    await Promise.all(
      [0, 1].map((index) =>
        apps[index]
          ?.get(FeedRunner)
          .drain()
          .catch((error) => failures.push(error)),
      ),
    );
    expect([(await listed('acme')).length - before, failures]).toEqual([1, []]);
    await dispatcher(0).runDue(now);
  });

  it('send again, with the same id, what a crash left between sending and recording', async () => {
    await happen('acme');
    await services().feed.drain();
    answer = () => Promise.reject(new Error('the process ends here'));
    const failures: string[] = [];
    const onFailure = (message: string) => void failures.push(message);
    await dispatcher(2).runDue(now, { onFailure });
    expect(failures).toHaveLength(2);
    const crashed = idsOf(sent);
    expect((await listed('acme'))[0]).toMatchObject({ status: 'pending', attemptCount: 0 });
    sent = [];
    answer = async () => WELL;
    await dispatcher(1).runDue(now);
    expect(idsOf(sent).toSorted()).toEqual(crashed.toSorted());
    expect((await listed('acme'))[0]).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('leave to each other what one of them has in hand', async () => {
    await happen('blog');
    await services().feed.drain();
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    answer = async () => {
      await gate;
      return WELL;
    };
    const first = dispatcher(0).runDue(now);
    while (sent.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await dispatcher(1).runDue(now);
    expect(sent).toHaveLength(2);
    goOn();
    await first;
    expect(new Set(idsOf(sent)).size).toBe(2);
  });

  it('say so when the key does not fit, and go on when another process has the right one', async () => {
    await happen('corp');
    await services().feed.drain();
    const flaws = await Promise.all([0, 3].map((index) => apps[index]?.get(EndpointSecrets).flaw()));
    expect(flaws).toEqual([null, expect.stringContaining('give every server the same one')]);
    await dispatcher(3).runDue(now);
    expect(sent).toEqual([]);
    const [delivery] = await listed('corp');
    expect(delivery).toMatchObject({ status: 'pending', attemptCount: 1 });
    expect(delivery?.lastError).toContain('sealed with another LANDLORD_SECRET_KEY');
    now = String(delivery?.nextAttemptAt);
    await dispatcher(0).runDue(now);
    expect((await listed('corp'))[0]).toMatchObject({ status: 'delivered', attemptCount: 2 });
  });

  it('let a slow receiver hold up no other', async () => {
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    for (let index = 0; index < 6; index += 1) await happen('acme');
    await happen('blog');
    await services().feed.drain();
    const isSlow = ({ url }: WebhookRequest) => url.includes('acme');
    answer = async (request) => {
      if (isSlow(request)) await gate;
      return WELL;
    };
    const running = dispatcher(0).runDue(now);
    while (sent.length < 12) await new Promise((resolve) => setImmediate(resolve));
    expect(sent.filter(isSlow)).toHaveLength(4);
    goOn();
    await running;
    expect(sent.filter(isSlow)).toHaveLength(6);
  });

  it('are forgotten 30 days after they were settled', async () => {
    const before = (await listed('corp')).length;
    expect(before).toBeGreaterThan(EVENTS);
    const next = await dispatcher(0).nextDue({ after: now, until: '2025-01-01T00:00:00.000Z' });
    expect(next).toBeNull();
    now = '2024-03-01T08:59:00.000Z';
    await dispatcher(0).runDue(now);
    expect(await listed('corp')).toHaveLength(before);
    now = '2024-03-01T10:00:00.000Z';
    await dispatcher(0).runDue(now);
    expect([await listed('corp'), await listed('acme')]).toEqual([[], []]);
    expect(sent).toEqual([]);
  });
});
