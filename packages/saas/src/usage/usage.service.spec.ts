import {
  type Clock,
  type Command,
  CommandService,
  DataService,
  DEFAULT_FEED_OPTIONS,
  evolve,
  FeedRunner,
  type InvokeContext,
  type Item,
  type ItemKey,
  type ItemQuery,
  type MeterOutcome,
  type MeterRequest,
  type Store,
} from '@landlord/kernel';
import { Quantity, timeZoneOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { ReservationExpiry } from '../reservations/reservation.expiry.service.js';
import { createSubscriptionCommand } from '../subscriptions/subscription.item.js';
import { beginSubscription } from '../subscriptions/subscription.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { createTenantCommand } from '../tenants/tenant.item.js';
import { ROOT_PLACE, type Tenant } from '../tenants/tenant.js';
import { TenantChainService } from '../tenants/tenant-chain.service.js';
import { TenantDirectoryService } from '../tenants/tenant-directory.service.js';
import { createUsageCommand } from './usage.item.js';
import { MeteringService } from './usage.metering.service.js';
import { UsageService } from './usage.service.js';
import { UsageReaderService } from './usage-reader.service.js';
import { UsageSubjectService } from './usage-subject.service.js';

const NOW = '2024-01-31T15:00:00.000Z';
const timezone = timeZoneOf('Asia/Tokyo');
const [starter] = SEED_PLANS;

/** Items in memory; `meter` answers what the test says and remembers what it was asked. */
class FakeStore {
  readonly groups: (readonly MeterRequest[])[] = [];
  readonly items: Item[] = [];
  /** How often tenants were asked for. */
  reads = 0;
  outcome: MeterOutcome = { status: 'accepted', accepted: 1, duplicates: 0, standings: [] };
  /** Given first, one each. */
  readonly before: MeterOutcome[] = [];

  put(...commands: readonly Command[]): void {
    const origin = { userId: 'op', requestId: 'req-0', source: 'test', ip: null, at: NOW };
    for (const command of commands) {
      const evolution = evolve(null, command, origin);
      if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
      this.items.push(evolution.item);
    }
  }

  async get(_scope: unknown, key: ItemKey) {
    return this.items.find(({ pk, sk }) => pk === key.pk && sk === key.sk) ?? null;
  }

  async getMany(_scope: unknown, keys: readonly ItemKey[]) {
    this.reads += 1;
    return Promise.all(keys.map((key) => this.get(_scope, key)));
  }

  async query(_scope: unknown, { pk, sk, order, limit }: ItemQuery) {
    const found = this.items
      .filter((item) => item.pk === pk)
      .filter(
        (item) =>
          !sk || ('beginsWith' in sk ? item.sk.startsWith(sk.beginsWith) : between(item.sk, sk.between)),
      )
      .sort((left, right) => (left.sk < right.sk ? -1 : 1));
    return { items: (order === 'desc' ? found.reverse() : found).slice(0, limit), nextCursor: null };
  }

  async meter(requests: readonly MeterRequest[]) {
    this.groups.push(requests);
    return requests.map(() => this.before.shift() ?? this.outcome);
  }
}

function between(sk: string, [from, to]: readonly [string, string]): boolean {
  return from <= sk && sk <= to;
}

const acme: Tenant = {
  code: 'acme',
  name: 'Acme',
  status: 'active',
  industry: null,
  country: null,
  timezone,
  ...ROOT_PLACE,
};

function open({ isProvisioned = true, tenant = acme }: { isProvisioned?: boolean; tenant?: Tenant } = {}) {
  const fake = new FakeStore();
  if (isProvisioned && starter) {
    const begun = {
      code: 'SUB-001',
      plan: starter,
      billingCycle: 'monthly' as const,
      currency: starter.currency,
      timezone,
      now: NOW,
    };
    fake.put(createTenantCommand(tenant), ...createPlanCommands(starter));
    fake.put(createSubscriptionCommand('acme', beginSubscription(begun)));
    fake.put(createUsageCommand({ tenantCode: 'acme', timezone, now: NOW, activeUsers: 1 }));
  }
  const store = fake as unknown as Store;
  const clock: Clock = { now: () => NOW };
  const commands = new CommandService(store, clock, new FeedRunner(store, DEFAULT_FEED_OPTIONS));
  const data = new DataService(store);
  const subjects = new UsageSubjectService(
    new TenantChainService(store),
    new SubscriptionService(data),
    new PlanService(commands, data, new MasterService(data)),
  );
  const catalogue = new MeterCatalogueService(store);
  const metering = new MeteringService(store, commands, subjects, catalogue);
  const expiry = new ReservationExpiry(store, clock, metering, subjects);
  const reader = new UsageReaderService(
    clock,
    data,
    subjects,
    new TenantDirectoryService(data, store),
    store,
    catalogue,
    expiry,
  );
  return { fake, reader, metering, service: new UsageService(clock, metering, expiry, reader) };
}

const context: InvokeContext = {
  user: { userId: 'usr-001', tenantCode: 'acme', roles: ['admin'] },
  requestId: 'req-1',
  source: 'POST /usage/events',
  ip: '192.0.2.1',
  idempotency: null,
};
const event = { id: 'a', metric: 'apiCalls' };

describe('what the system counts itself', () => {
  const own = { id: 'landlord:member:kim:1', metric: 'activeUsers' };
  const system: InvokeContext = {
    ...context,
    user: { userId: 'system', tenantCode: 'acme', roles: ['system_admin'] },
  };

  it('is taken from the system only, whoever a caller says to be', async () => {
    const { fake, service } = open();
    for (const caller of [context, system])
      for (const forged of [own, { ...event, id: own.id }]) {
        const refusal = { code: 'validation_failed' };
        await expect(service.record(caller, [forged])).rejects.toMatchObject(refusal);
        await expect(service.consume(caller, forged)).rejects.toMatchObject(refusal);
      }
    expect(fake.groups).toEqual([]);
    await service.recordOwn(system, [own]);
    expect(fake.groups).toMatchObject([[{ events: [{ id: own.id, metric: 'activeUsers' }] }]]);
  });
});

describe('recording', () => {
  it('places events in the month of the tenant, and names the caller', async () => {
    const { fake, service } = open();
    expect(await service.record(context, [event])).toEqual({ accepted: 1, duplicates: 0 });
    expect(fake.groups).toMatchObject([
      [
        {
          tenantCode: 'acme',
          origin: { userId: 'usr-001', requestId: 'req-1', source: 'POST /usage/events', at: NOW },
          events: [{ id: 'a', periodSk: 'USAGE#2024-02', at: NOW }],
        },
      ],
    ]);
  });

  it('commits what arrives together as one group', async () => {
    const { fake, service, metering } = open();
    await Promise.all([1, 2, 3].map((index) => service.record(context, [{ ...event, id: `e${index}` }])));
    expect(fake.groups.map((requests) => requests.length)).toEqual([3]);
    await metering.beforeApplicationShutdown();
  });

  it('keeps the answer under the idempotency key', async () => {
    const { fake, service } = open();
    const idempotency = { owner: 'acme usr-001', key: 'k', fingerprint: 'f' };
    await service.record({ ...context, idempotency }, [event]);
    const claim = fake.groups[0]?.[0]?.idempotency;
    expect(claim).toMatchObject(idempotency);
    const accepted = { status: 'accepted' as const, accepted: 2, duplicates: 1, standings: [] };
    expect(claim?.respond(accepted)).toEqual({ accepted: 2, duplicates: 1 });
    fake.outcome = { status: 'replayed', result: { accepted: 2, duplicates: 1 } };
    expect(await service.record(context, [event])).toEqual({ accepted: 2, duplicates: 1 });
  });

  const key = { pk: 'TENANT#acme', sk: 'USAGE#2024-02' };
  it.each<[MeterOutcome, string, string[]]>([
    [{ status: 'idempotency_mismatch' }, 'idempotency_mismatch', ['headers.idempotency-key']],
    [{ status: 'duplicate_event', index: 3, id: 'a' }, 'duplicate_event', ['3.id']],
    [{ status: 'refused', index: 2, message: 'below 0' }, 'validation_failed', ['2.quantity']],
    [{ status: 'failed', refusal: { reason: 'item_absent', key } }, 'not_found', []],
  ])('refuses as the store does: %j', async (outcome, code, paths) => {
    const { fake, service } = open();
    fake.outcome = outcome;
    const refused = service.record(context, [event]);
    await expect(refused).rejects.toMatchObject({ code, errors: paths.map((path) => ({ path })) });
  });

  it('does not reach the store with a bad event, or for a tenant there is not', async () => {
    const { fake, service } = open();
    const bad = service.record(context, [event, { ...event, metric: 'steps' }]);
    await expect(bad).rejects.toMatchObject({ code: 'validation_failed', errors: [{ path: '1.metric' }] });
    expect(fake.groups).toEqual([]);
    const nobody = open({ isProvisioned: false });
    await expect(nobody.service.record(context, [event])).rejects.toMatchObject({ code: 'not_found' });
    expect(nobody.fake.groups).toEqual([]);
  });
});

describe('recording for a closed tenant', () => {
  it('counts late sums, ends gauges, and raises none', async () => {
    const { service } = open({ tenant: { ...acme, status: 'closed' } });
    expect(await service.record(context, [event])).toMatchObject({ accepted: 1 });
    const gauge = { id: 'g', metric: 'storageUsedGb' };
    const raised = service.record(context, [event, { ...gauge, quantity: Quantity.one }]);
    await expect(raised).rejects.toMatchObject({ code: 'invalid_transition' });
    expect(await service.record(context, [{ ...gauge, set: Quantity.zero }])).toMatchObject({ accepted: 1 });
  });
});

describe('consuming', () => {
  const standing = { metric: 'apiCalls', current: '1000', held: '0', limit: '1000' };

  it('holds the limits of the plan, and rests on tenant and subscription as they were read', async () => {
    const { fake, service } = open();
    fake.outcome = {
      status: 'accepted',
      accepted: 1,
      duplicates: 0,
      standings: [{ ...standing, current: '800' }],
    };
    expect(await service.consume(context, event)).toEqual({
      admitted: true,
      metric: 'apiCalls',
      current: 800,
      held: 0,
      limit: 1_000,
      percentage: 80,
      isExceeded: false,
      isNearLimit: true,
    });
    const request = fake.groups[0]?.[0];
    expect(request?.admission).toContainEqual({
      tenantCode: 'acme',
      metric: 'apiCalls',
      limit: '10000',
      isEnforced: true,
    });
    expect(request?.checks).toEqual([
      { pk: 'TENANT#acme', sk: 'MASTER', version: 1 },
      { pk: 'TENANT#acme', sk: 'SUBSCRIPTION#SUB-001', version: 1 },
      { pk: 'MASTER#COMMON', sk: 'METERS', version: 0 },
    ]);
  });

  it('tells what is used up', async () => {
    const { fake, service } = open();
    fake.outcome = { status: 'not_admitted', index: 0, standing, isHeld: false };
    await expect(service.consume(context, event)).rejects.toMatchObject({
      code: 'quota_exceeded',
      message: 'Quota exceeded for apiCalls: 1000/1000. Please upgrade your plan.',
      facts: { metric: 'apiCalls', held: 0, current: 1000, limit: 1000, isExceeded: true },
    });
  });

  it('reads anew what has changed meanwhile, and gives up when that never ends', async () => {
    const { fake, service } = open();
    fake.before.push({ status: 'stale' }, { status: 'stale' });
    fake.outcome = { status: 'accepted', accepted: 1, duplicates: 0, standings: [standing] };
    expect(await service.consume(context, event)).toMatchObject({ admitted: true });
    expect(fake.groups).toHaveLength(3);
    fake.outcome = { status: 'stale' };
    await expect(service.consume(context, event)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('reads tenant and limits once, and again only when they have changed', async () => {
    const { fake, service } = open();
    fake.outcome = { status: 'accepted', accepted: 1, duplicates: 0, standings: [standing] };
    for (const id of ['a', 'b', 'c']) await service.consume(context, { ...event, id });
    expect(fake.reads).toBe(1);
    fake.before.push({ status: 'stale' });
    await service.consume(context, { ...event, id: 'd' });
    expect(fake.reads).toBe(2);
  });

  it('refuses nobody from memory', async () => {
    const { fake, service } = open({ tenant: { ...acme, status: 'suspended' } });
    const refused = { code: 'forbidden' };
    await expect(service.consume(context, event)).rejects.toMatchObject(refused);
    await expect(service.consume(context, event)).rejects.toMatchObject(refused);
    expect(fake.reads).toBe(2);
  });

  it('names bad input without an index', async () => {
    const { service } = open();
    await expect(service.consume(context, { ...event, metric: 'steps' })).rejects.toMatchObject({
      errors: [{ path: 'metric' }],
    });
  });

  it('is refused without a subscription, and for a tenant that is not active; recording only once it is erased', async () => {
    const lost = open();
    lost.fake.items.splice(
      lost.fake.items.findIndex(({ type }) => type === 'SUBSCRIPTION'),
      1,
    );
    await expect(lost.service.consume(context, event)).rejects.toMatchObject({
      code: 'forbidden',
      facts: { reason: 'no_subscription' },
    });
    expect(await lost.service.record(context, [event])).toMatchObject({ accepted: 1 });
    for (const status of ['suspended', 'closed', 'erased'] as const) {
      const { service } = open({ tenant: { ...acme, status } });
      await expect(service.consume(context, event)).rejects.toMatchObject({ code: 'forbidden' });
      const recorded = service.record(context, [event]);
      if (status === 'erased') await expect(recorded).rejects.toMatchObject({ code: 'forbidden' });
      else expect(await recorded).toMatchObject({ accepted: 1 });
    }
  });

  it("takes a tenant's pool and every cap on the way up to the subscriber", async () => {
    const { fake, service } = open();
    const place = { billing: 'parent' as const, parentCode: 'acme', ancestors: ['acme'] };
    fake.put(createTenantCommand({ ...acme, ...place, code: 'mid', caps: { apiCalls: 500 } }));
    const below = { ...place, parentCode: 'mid', ancestors: ['acme', 'mid'] };
    fake.put(createTenantCommand({ ...acme, ...below, code: 'leaf', caps: { apiCalls: '20.5' } }));
    fake.outcome = { status: 'accepted', accepted: 1, duplicates: 0, standings: [standing] };
    await service.consume({ ...context, user: { ...context.user, tenantCode: 'leaf' } }, event);
    const request = fake.groups[0]?.[0];
    expect(request).toMatchObject({ tenantCode: 'leaf', pooledWith: ['mid', 'acme'] });
    const limits = request?.admission?.filter(({ metric }) => metric === 'apiCalls');
    expect(limits?.map(({ tenantCode, limit }) => [tenantCode, limit])).toEqual([
      ['acme', '10000'],
      ['leaf', '20.5'],
      ['mid', '500'],
    ]);
    expect(request?.checks.map(({ pk, sk }) => `${pk} ${sk}`)).toEqual([
      'TENANT#leaf MASTER',
      'TENANT#mid MASTER',
      'TENANT#acme MASTER',
      'TENANT#acme SUBSCRIPTION#SUB-001',
      'MASTER#COMMON METERS',
    ]);
  });
});

describe('reading', () => {
  it('is of the month that it is in the zone of the tenant', async () => {
    const { reader } = open();
    const view = await reader.getCurrent(context);
    expect(view).toMatchObject({ period: '2024-02', activeUsers: 1, lastUpdatedAt: NOW });
    expect(view.quotas.find(({ metric }) => metric === 'activeUsers')).toMatchObject({
      current: 1,
      limit: 5,
    });
  });

  it.each([
    ['2024-01', 0],
    ['2024-02', 1],
    ['2025-07', 1],
  ])(
    'of %s has %i users: those of the month before, and none before the first',
    async (period, activeUsers) => {
      const { reader } = open();
      expect(await reader.getPeriod(context, period)).toMatchObject({ period, activeUsers, apiCalls: 0 });
    },
  );

  it('is refused for a tenant there is not', async () => {
    const { reader } = open({ isProvisioned: false });
    await expect(reader.getCurrent(context)).rejects.toMatchObject({ code: 'not_found' });
    await expect(reader.getPeriod(context, '2024-01')).rejects.toMatchObject({ code: 'not_found' });
  });
});
