import { generateId, type InvokeContext, type Item, LandlordError, type UnitOfWork } from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { openItemStore } from '../plans/item-store.fixture.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { createTenantCommand } from '../tenants/tenant.item.js';
import { ROOT_PLACE } from '../tenants/tenant.js';
import { createUsageCommand, usageSk } from '../usage/usage.item.js';
import { createRosterCommand, rosterKey } from '../users/roster.item.js';
import { SubscriptionChanges } from './subscription.changes.service.js';
import { SubscriptionDueWork } from './subscription.due.service.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { begun } from './subscription.fixture.js';
import { SubscriptionInUse } from './subscription.in-use.service.js';
import { createSubscriptionCommand, subscriptionKey } from './subscription.item.js';
import { type Subscription } from './subscription.js';
import { renewalsOf } from './subscription.renewals.fixture.js';
import { SubscriptionService } from './subscription.service.js';

const NOW = '2024-02-10T09:00:00.000Z';
const END = '2024-02-29T00:00:00.000Z';
const timezone = timeZoneOf('UTC');
const big = { planCode: 'professional', when: 'now' as const, ifMatch: null };
const small = { ...big, planCode: 'starter' };

const billing: InvokeContext = {
  user: { userId: 'usr-001', tenantCode: 'acme', roles: ['billing'] },
  requestId: 'req-1',
  source: 'test',
  ip: null,
  idempotency: null,
};

function open(change: Partial<Subscription> = {}) {
  let now = NOW;
  const core = openItemStore({ now: () => now });
  const { items, store, commandService, dataService, clock } = core;
  const plans = new PlanService(commandService, dataService, new MasterService(dataService));
  const inUse = new SubscriptionInUse(store, new MeterCatalogueService(store));
  const facts = new SubscriptionFacts(plans, inUse, clock);
  const dueWork = new SubscriptionDueWork(commandService, dataService, facts);
  const reader = new SubscriptionService(dataService);
  const changes = new SubscriptionChanges(commandService, reader, dueWork, facts, inUse, plans, clock);
  const base = { name: 'Acme', status: 'active' as const, industry: null, country: null, timezone };
  items.put(...SEED_PLANS.flatMap((plan) => createPlanCommands(plan)));
  items.put(createTenantCommand({ code: 'acme', ...base, ...ROOT_PLACE }));
  items.put(createRosterCommand('acme', { active: 1, admins: 1 }));
  items.put(createUsageCommand({ tenantCode: 'acme', timezone, now: NOW, activeUsers: 1 }));
  items.put(createSubscriptionCommand('acme', begun({}, { planCode: 'professional', ...change })));
  const item = (sk: string): Item => {
    const found = items.items.get(generateId('TENANT#acme', sk));
    if (!found) throw new Error(`there is no ${sk}`);
    return found;
  };
  const use = (path: readonly string[], by: number, sk = usageSk('2024-02')) =>
    items.put({ kind: 'increment', pk: 'TENANT#acme', sk, increments: [{ path, by: String(by) }] });
  return {
    ...core,
    changes,
    reader,
    item,
    use,
    seats: (by: number) => use(['seats'], by, rosterKey('acme').sk),
    runDue: (until: string) => renewalsOf({ commandService, dueWork, store }).runDue(until),
    moveTo: (instant: string) => {
      now = instant;
    },
    eventsOf: async () =>
      (await reader.listEvents(billing, { limit: 50 })).items.map(({ name }) => name.slice(13)).reverse(),
  };
}

const codeOf = (error: unknown) => (error instanceof LandlordError ? error.code : error);

describe('a change of plan', () => {
  it('is written with the event that tells of it, in one unit of work', async () => {
    const { changes, items, reader, eventsOf } = open({ planCode: 'starter' });
    const commits = items.commits;
    expect(await changes.changePlan(billing, big)).toMatchObject({ planCode: 'professional', version: 2 });
    expect(items.commits).toBe(commits + 1);
    expect(await eventsOf()).toEqual(['plan_changed']);
    const { items: events } = await reader.listEvents(billing, { limit: 1 });
    expect(events).toMatchObject([
      { id: 'SUB-001.2.0', subscriptionCode: 'SUB-001', subscriptionVersion: 2, effectiveAt: NOW },
    ]);
    expect(await changes.changePlan(billing, big)).toMatchObject({ version: 2 });
    expect(await eventsOf()).toHaveLength(1);
  });

  it('of two from one version is made once, and the other is told', async () => {
    const { changes, eventsOf } = open({ planCode: 'starter' });
    const asked = ['professional', 'enterprise'].map((planCode) =>
      changes.changePlan(billing, { planCode, when: 'now', ifMatch: 1 }),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((each) => each.status === 'rejected');
    expect(codeOf(lost?.reason)).toBe('version_conflict');
    expect(await eventsOf()).toEqual(['plan_changed']);
  });

  it('is blocked by everything in use beyond the new limits, with what is pooled', async () => {
    const { changes, use, seats, item } = open();
    seats(5);
    use(['projectCount'], 2);
    use(['pooled', 'projectCount'], 2);
    use(['apiCalls'], 10_001);
    use(['storageUsedGb'], 10);
    for (const when of ['now', 'period_end'] as const)
      await expect(changes.changePlan(billing, { ...small, when })).rejects.toMatchObject({
        code: 'downgrade_blocked',
        errors: [
          { path: 'apiCalls', message: '10001 in use, the limit is 10000' },
          { path: 'activeUsers', message: '6 in use, the limit is 5' },
          { path: 'projectCount', message: '4 in use, the limit is 3' },
        ],
      });
    expect(item('SUBSCRIPTION#SUB-001').version).toBe(1);
  });

  it('fits up to the limit, and is not held up by what is over a limit that does not get lower', async () => {
    const { changes, seats, use } = open();
    seats(4);
    use(['projectCount'], 3);
    expect(await changes.changePlan(billing, small)).toMatchObject({ planCode: 'starter' });
    const over = open({ planCode: 'starter' });
    over.use(['apiCalls'], 200_000);
    expect(await over.changes.changePlan(billing, big)).toMatchObject({ planCode: 'professional' });
    const yearly = { ...small, planCode: 'starter', billingCycle: 'yearly' as const };
    const same = open({ planCode: 'starter' });
    same.use(['apiCalls'], 20_000);
    expect(await same.changes.changePlan(billing, yearly)).toMatchObject({ billingCycle: 'yearly' });
  });

  it.each(['usage', 'seats', 'first use of the month'])(
    'is exact though %s comes between looking and writing',
    async (what) => {
      const { changes, items, use, seats, moveTo, item } = open();
      const isNewMonth = what.startsWith('first');
      if (isNewMonth) moveTo('2024-03-10T09:00:00.000Z');
      await changes.request(billing, { command: { kind: 'setAutoRenew', autoRenew: true }, ifMatch: null });
      let isFirst = true;
      items.beforeCommit = (_unit: UnitOfWork) => {
        if (!isFirst) return;
        isFirst = false;
        if (what === 'seats') seats(9);
        else if (isNewMonth) {
          const now = '2024-03-01T00:00:00.000Z';
          items.put(createUsageCommand({ tenantCode: 'acme', timezone, now, activeUsers: 1 }));
          use(['projectCount'], 9, usageSk('2024-03'));
        } else use(['projectCount'], 9);
      };
      await expect(changes.changePlan(billing, small)).rejects.toMatchObject({ code: 'downgrade_blocked' });
      expect(item('SUBSCRIPTION#SUB-001').attributes.planCode).toBe('professional');
    },
  );

  it('that waits is looked at again: too much in use by then, or the plan retired', async () => {
    const fitting = open();
    await fitting.changes.changePlan(billing, { ...small, when: 'period_end' });
    await fitting.runDue(END);
    expect(await fitting.reader.getCurrent(billing)).toMatchObject({
      planCode: 'starter',
      scheduledChange: null,
    });

    const full = open();
    await full.changes.changePlan(billing, { ...small, when: 'period_end' });
    full.use(['projectCount'], 4);
    await full.runDue(END);
    expect(await full.reader.getCurrent(billing)).toMatchObject({
      planCode: 'professional',
      currentPeriod: { from: '2024-02-29' },
      droppedChange: { reason: expect.stringContaining('projectCount: 4 in use, the limit is 3') },
    });
    expect(await full.eventsOf()).toEqual(['change_scheduled', 'change_dropped', 'renewed']);

    const racing = open();
    await racing.changes.changePlan(billing, { ...small, when: 'period_end' });
    let isFirst = true;
    racing.items.beforeCommit = () => {
      if (isFirst) racing.use(['projectCount'], 4);
      isFirst = false;
    };
    await racing.runDue(END);
    expect(await racing.reader.getCurrent(billing)).toMatchObject({
      planCode: 'professional',
      droppedChange: { reason: expect.stringContaining('projectCount') },
    });

    const retired = open();
    await retired.changes.changePlan(billing, { ...small, when: 'period_end' });
    const head = { pk: 'MASTER#COMMON', sk: 'PLAN#starter', version: 1 };
    retired.items.put({ kind: 'partial', ...head, attributes: { isActive: false } });
    await retired.runDue(END);
    expect(await retired.reader.getCurrent(billing)).toMatchObject({
      planCode: 'professional',
      droppedChange: { reason: expect.stringContaining('retired') },
    });
  });
});

describe('any change', () => {
  it('meets the subscription of today, not that of the last run of the scheduler', async () => {
    const { changes, moveTo, eventsOf } = open();
    moveTo('2024-04-10T09:00:00.000Z');
    const request = { command: { kind: 'cancel', reason: 'x', when: 'period_end' } as const, ifMatch: null };
    expect(await changes.request(billing, request)).toMatchObject({
      cancelAt: '2024-04-30T00:00:00.000Z',
      currentPeriod: { from: '2024-03-31', to: '2024-04-30' },
    });
    expect(await eventsOf()).toEqual(['renewed', 'renewed', 'cancellation_scheduled']);
  });

  it('is not there for who has no subscription', async () => {
    const { changes } = open();
    const stranger = { ...billing, user: { ...billing.user, tenantCode: 'beta' } };
    await expect(changes.changePlan(stranger, big)).rejects.toMatchObject({ code: 'not_found' });
    await expect(changes.activate(stranger, { ifMatch: null })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('tries again what was set aside', async () => {
    const { changes, item, items } = open();
    const { pk, sk, version } = item('SUBSCRIPTION#SUB-001');
    const setAside = { reason: 'x', failures: 3, retryAt: '2024-09-01T00:00:00.000Z' };
    items.put({ kind: 'partial', pk, sk, version, attributes: { setAside }, dueAt: setAside.retryAt });
    const command = { kind: 'setAutoRenew', autoRenew: false } as const;
    const changed = await changes.request(billing, { command, ifMatch: 2 });
    expect(changed.setAside).toBeNull();
    expect(item(sk).dueAt).toBe(END);
  });
});

describe('beginning anew', () => {
  const ended = { status: 'cancelled', endDate: '2024-02-01', paymentMethodId: 'pm_1' } as const;

  it('makes another subscription, and only one, whoever asks at once', async () => {
    const { changes, reader, item } = open(ended);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => changes.activate(billing, { ifMatch: null })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of outcomes)
      if (each.status === 'rejected') expect(codeOf(each.reason)).toBe('invalid_transition');
    expect(await reader.getCurrent(billing)).toMatchObject({
      code: 'SUB-002',
      status: 'active',
      planCode: 'professional',
      paymentMethodId: 'pm_1',
      currentPeriod: { from: '2024-02-10', to: '2024-03-10' },
      version: 1,
    });
    expect(item(subscriptionKey('acme', 'SUB-001').sk)).toMatchObject({ version: 1 });
  });

  it('takes another plan where there is room', async () => {
    const { changes } = open(ended);
    expect(await changes.activate(billing, { planCode: 'starter', ifMatch: 1 })).toMatchObject({
      planCode: 'starter',
    });
    const full = open(ended);
    full.use(['projectCount'], 4);
    await expect(full.changes.activate(billing, { planCode: 'starter', ifMatch: 1 })).rejects.toMatchObject({
      code: 'downgrade_blocked',
    });
    const trial = open({ status: 'trial' });
    await expect(
      trial.changes.activate(billing, { planCode: 'starter', ifMatch: null }),
    ).rejects.toMatchObject({
      code: 'invalid_transition',
    });
  });
});
