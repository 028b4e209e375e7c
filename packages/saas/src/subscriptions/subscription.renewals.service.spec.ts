import { generateId, type Item } from '@landlord/kernel';
import { periodByIndex } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { openItemStore } from '../plans/item-store.fixture.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { type RenewalTally } from './subscription.due.run.js';
import { SubscriptionDueWork } from './subscription.due.service.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { begun } from './subscription.fixture.js';
import { SubscriptionInUse } from './subscription.in-use.service.js';
import { createSubscriptionCommand, subscriptionFromItem, subscriptionKey } from './subscription.item.js';
import { type Subscription } from './subscription.js';
import { renewalsOf } from './subscription.renewals.fixture.js';

const [seed] = SEED_PLANS;
if (!seed) throw new Error('there are seed plans');
const team = { ...seed, code: 'team' };

const END = '2024-02-29T00:00:00.000Z';
const scheduled = (planVersion: number) =>
  ({
    kind: 'plan_version',
    planVersion,
    effective: 'renewal',
    requestedAt: END,
    requestedBy: 'operator',
  }) as const;

const tally = (change: Partial<RenewalTally> = {}): RenewalTally => ({
  noticed: 0,
  activated: 0,
  renewed: 0,
  cancelled: 0,
  expired: 0,
  resumed: 0,
  failed: 0,
  ...change,
});

function open() {
  const core = openItemStore();
  const { items, commandService, dataService, store, clock } = core;
  items.put(...createPlanCommands(team));
  const [, second] = createPlanCommands({ ...team, version: 2 });
  if (second) items.put(second);
  const plans = new PlanService(commandService, dataService, new MasterService(dataService));
  const facts = new SubscriptionFacts(
    plans,
    new SubscriptionInUse(store, new MeterCatalogueService(store)),
    clock,
  );
  const dueWork = new SubscriptionDueWork(commandService, dataService, facts);
  const renewals = () => renewalsOf({ commandService, dueWork, store });
  const sign = (tenantCode: string, subscription: Subscription) =>
    items.put(createSubscriptionCommand(tenantCode, subscription));
  const itemOf = (tenantCode: string): Item => {
    const { pk, sk } = subscriptionKey(tenantCode, 'SUB-001');
    const item = items.items.get(generateId(pk, sk));
    if (!item) throw new Error(`${tenantCode} has no subscription`);
    return item;
  };
  const eventsOf = (tenantCode: string) =>
    [...items.items.values()]
      .filter((item) => item.tenantCode === tenantCode && item.type === 'SUBSCRIPTIONEVENT')
      .toSorted((left, right) => (left.sk < right.sk ? -1 : 1))
      .map(({ name, attributes }) => [name, attributes.effectiveAt]);
  return {
    ...core,
    renewals,
    sign,
    itemOf,
    eventsOf,
    signed: (code: string) => subscriptionFromItem(itemOf(code)),
  };
}

describe('what is due', () => {
  it('renews, and is due again at the end of the new period', async () => {
    const { renewals, sign, itemOf, signed } = open();
    sign('acme', begun());
    expect(itemOf('acme').dueAt).toBe(END);
    expect(await renewals().runDue('2024-02-28T23:59:59.999Z')).toEqual(tally());
    expect(await renewals().runDue(END)).toEqual(tally({ renewed: 1 }));
    expect(await renewals().runDue(END)).toEqual(tally());
    expect(signed('acme').currentPeriod).toEqual({ from: '2024-02-29', to: '2024-03-31' });
    expect(itemOf('acme')).toMatchObject({
      dueAt: '2024-03-31T00:00:00.000Z',
      version: 2,
      source: 'scheduler',
    });
  });

  it('catches up period by period, a change each, however far behind', async () => {
    const { renewals, sign, itemOf, signed } = open();
    sign('acme', begun());
    const { renewed } = await renewals().runDue('2036-02-01T00:00:00.000Z');
    expect(renewed).toBe(144);
    expect(signed('acme').currentPeriod).toEqual(periodByIndex('2024-01-31', 'monthly', 144));
    expect(itemOf('acme').version).toBe(145);
  });

  it('ends where nobody wants it renewed, and is never due again', async () => {
    const { renewals, sign, itemOf, signed } = open();
    sign('acme', begun({}, { autoRenew: false }));
    expect(await renewals().runDue('2025-01-01T00:00:00.000Z')).toEqual(tally({ expired: 1 }));
    expect(signed('acme')).toMatchObject({ status: 'expired', endDate: '2024-02-29' });
    expect(itemOf('acme').dueAt).toBeNull();
  });

  it('takes the scheduled version, or says why not', async () => {
    const { renewals, sign, signed } = open();
    sign('acme', begun({}, { scheduledChange: scheduled(2) }));
    sign('beta', begun({}, { scheduledChange: scheduled(9) }));
    await renewals().runDue(END);
    expect(signed('acme')).toMatchObject({ planVersion: 2, scheduledChange: null });
    expect(signed('beta')).toMatchObject({
      planVersion: 1,
      scheduledChange: null,
      droppedChange: { change: scheduled(9), reason: 'plan team has no version 9', droppedAt: END },
    });
  });

  it('is another cycle in the newest version that was agreed on, also since it was chosen', async () => {
    const { renewals, sign, signed } = open();
    const { requestedAt, requestedBy } = scheduled(1);
    const yearly = {
      kind: 'plan',
      planCode: 'team',
      planVersion: 1,
      billingCycle: 'yearly',
      quantity: 1,
    } as const;
    const scheduledChange = { ...yearly, effective: 'period_end', requestedAt, requestedBy } as const;
    sign('acme', begun({}, { planVersion: 2, scheduledChange }));
    expect(await renewals().runDue(END)).toEqual(tally({ renewed: 1 }));
    expect(signed('acme')).toMatchObject({
      planVersion: 2,
      billingCycle: 'yearly',
      currentPeriod: { from: '2024-02-29', to: '2025-02-28' },
    });
  });

  it('is done for all others when one fails, which is set aside with a reason and tried again', async () => {
    const { renewals, sign, signed, itemOf, items } = open();
    sign('acme', begun());
    sign('broken', begun({}, { currentPeriod: { from: '2024-01-31', to: '2024-02-15' } }));
    sign('zeta', begun());
    const torn = itemOf('zeta');
    items.items.set(generateId('TENANT#torn', torn.sk), {
      ...torn,
      pk: 'TENANT#torn',
      tenantCode: 'torn',
      attributes: {},
    });
    const told: string[] = [];
    const onFailure = (message: string) => told.push(message);
    expect(await renewals().runDue(END, { onFailure })).toEqual(tally({ renewed: 2, failed: 2 }));
    expect(told).toHaveLength(2);
    expect(told).toContain('what is due for SUB-001 of broken could not be done');
    expect(signed('zeta').currentPeriod.from).toBe('2024-02-29');
    const { setAside } = signed('broken');
    expect(setAside).toMatchObject({
      failures: 1,
      reason: expect.stringMatching(/SUB-001 has a period to 2024-02-15/),
    });
    expect(itemOf('broken').dueAt).toBe(setAside?.retryAt);
    expect(setAside && setAside.retryAt >= '2024-02-29T00:01:00.000Z').toBe(true);
    expect(setAside && setAside.retryAt < '2024-02-29T00:01:07.000Z').toBe(true);

    expect(await renewals().runDue('2024-02-29T00:00:59.000Z')).toEqual(tally());
    expect(await renewals().runDue('2024-02-29T00:02:00.000Z')).toEqual(tally({ failed: 2 }));
    expect(signed('broken').setAside?.failures).toBe(2);

    const { pk, sk, version } = itemOf('broken');
    const attributes = { currentPeriod: { from: '2024-01-31', to: '2024-02-29' } };
    items.put({ kind: 'partial', pk, sk, version, attributes });
    expect(await renewals().runDue('2024-02-29T01:00:00.000Z')).toEqual(tally({ renewed: 1, failed: 1 }));
    expect(signed('broken').setAside).toBeNull();
    expect(itemOf('broken').dueAt).toBe('2024-03-31T00:00:00.000Z');
  });

  it('is what a trial comes to: notices 3 days and 1 day before, then active or expired', async () => {
    const { renewals, sign, signed, eventsOf } = open();
    const trial = { trialDays: 14, now: '2024-03-01T09:00:00.000Z' };
    sign('paying', begun(trial, { paymentMethodId: 'pm_1' }));
    sign('silent', begun(trial));
    expect(await renewals().runDue('2024-03-11T23:59:59.999Z')).toEqual(tally());
    expect(await renewals().runDue('2024-03-12T00:00:00.000Z')).toEqual(tally({ noticed: 2 }));
    expect(await renewals().runDue('2024-03-14T23:59:59.999Z')).toEqual(tally({ noticed: 2 }));
    expect(await renewals().runDue('2024-06-01T00:00:00.000Z')).toEqual(
      tally({ activated: 1, expired: 1, renewed: 2 }),
    );
    expect(signed('paying')).toMatchObject({
      status: 'active',
      anchor: '2024-03-15',
      currentPeriod: { from: '2024-05-15', to: '2024-06-15' },
    });
    expect(signed('silent')).toMatchObject({ status: 'expired', endDate: '2024-03-15' });
    expect(eventsOf('paying')).toEqual([
      ['subscription.trial_ending', '2024-03-12T00:00:00.000Z'],
      ['subscription.trial_ending', '2024-03-14T00:00:00.000Z'],
      ['subscription.activated', '2024-03-15T00:00:00.000Z'],
      ['subscription.renewed', '2024-04-15T00:00:00.000Z'],
      ['subscription.renewed', '2024-05-15T00:00:00.000Z'],
    ]);
  });

  it('is a cancellation that waited, with what was scheduled told as dropped', async () => {
    const { renewals, sign, signed, eventsOf } = open();
    sign('acme', begun({}, { cancelAt: END, cancelReason: 'too dear', scheduledChange: scheduled(2) }));
    expect(await renewals().runDue('2025-01-01T00:00:00.000Z')).toEqual(tally({ cancelled: 1 }));
    expect(signed('acme')).toMatchObject({
      status: 'cancelled',
      endDate: '2024-02-29',
      scheduledChange: null,
      droppedChange: { reason: 'the subscription is cancelled' },
    });
    expect(eventsOf('acme')).toEqual([
      ['subscription.change_dropped', END],
      ['subscription.cancelled', END],
    ]);
  });

  it('begins each period once, whoever runs it at the same time', async () => {
    const { renewals, sign, itemOf } = open();
    for (const code of ['a', 'b', 'c']) sign(code, begun());
    const until = '2024-07-01T00:00:00.000Z';
    const tallies = await Promise.all([1, 2, 3].map(() => renewals().runDue(until)));
    expect(tallies.reduce((sum, { renewed }) => sum + renewed, 0)).toBe(15);
    expect(['a', 'b', 'c'].map((code) => itemOf(code).version)).toEqual([6, 6, 6]);
  });

  it('loses nothing that is changed meanwhile', async () => {
    const { renewals, sign, itemOf, signed, items } = open();
    sign('acme', begun());
    let isFirst = true;
    items.beforeCommit = () => {
      const { pk, sk } = itemOf('acme');
      if (isFirst) items.put({ kind: 'partial', pk, sk, version: 1, attributes: { autoRenew: false } });
      isFirst = false;
    };
    expect(await renewals().runDue(END)).toEqual(tally({ expired: 1 }));
    expect(signed('acme')).toMatchObject({ status: 'expired', autoRenew: false });
  });

  it('is left when it is asked to stop, and done by the next run', async () => {
    const { renewals, sign, items } = open();
    for (let index = 0; index < 250; index += 1) sign(`t${index}`, begun());
    const stopping = new AbortController();
    items.beforeCommit = () => stopping.abort();
    const { renewed } = await renewals().runDue(END, { signal: stopping.signal });
    expect(renewed).toBeLessThan(100);
    expect(await renewals().runDue(END)).toMatchObject({ renewed: 250 - renewed });
  });
});
