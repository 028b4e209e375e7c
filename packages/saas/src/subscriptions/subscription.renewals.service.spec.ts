import { generateId, type Item } from '@landlord/kernel';
import { periodByIndex } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { openItemStore } from '../plans/item-store.fixture.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { begun } from './subscription.fixture.js';
import { createSubscriptionCommand, subscriptionFromItem, subscriptionKey } from './subscription.item.js';
import { type Subscription } from './subscription.js';
import { SubscriptionRenewals } from './subscription.renewals.service.js';

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

function open() {
  const core = openItemStore();
  const { items, commandService, dataService, store } = core;
  items.put(...createPlanCommands(team));
  const [, second] = createPlanCommands({ ...team, version: 2 });
  if (second) items.put(second);
  const plans = new PlanService(commandService, dataService, new MasterService(dataService));
  const renewals = () => new SubscriptionRenewals(commandService, dataService, plans, store);
  const sign = (tenantCode: string, subscription: Subscription) =>
    items.put(createSubscriptionCommand(tenantCode, subscription));
  const itemOf = (tenantCode: string): Item => {
    const { pk, sk } = subscriptionKey(tenantCode, 'SUB-001');
    const item = items.items.get(generateId(pk, sk));
    if (!item) throw new Error(`${tenantCode} has no subscription`);
    return item;
  };
  return { ...core, renewals, sign, itemOf, signed: (code: string) => subscriptionFromItem(itemOf(code)) };
}

describe('what is due', () => {
  it('renews, and is due again at the end of the new period', async () => {
    const { renewals, sign, itemOf, signed } = open();
    sign('acme', begun());
    expect(itemOf('acme').dueAt).toBe(END);
    expect(await renewals().runDue('2024-02-28T23:59:59.999Z')).toEqual({
      renewed: 0,
      expired: 0,
      failed: 0,
    });
    expect(await renewals().runDue(END)).toEqual({ renewed: 1, expired: 0, failed: 0 });
    expect(await renewals().runDue(END)).toEqual({ renewed: 0, expired: 0, failed: 0 });
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
    expect(await renewals().runDue('2025-01-01T00:00:00.000Z')).toEqual({
      renewed: 0,
      expired: 1,
      failed: 0,
    });
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

  it('is found behind any number of trials, which stay as they are', async () => {
    const { renewals, sign, signed, itemOf } = open();
    for (let index = 0; index < 250; index += 1) sign(`trial-${index}`, begun({ trialDays: 1 }));
    sign('acme', begun());
    expect(await renewals().runDue(END)).toEqual({ renewed: 1, expired: 0, failed: 0 });
    expect(signed('acme').currentPeriod.from).toBe('2024-02-29');
    expect(itemOf('trial-0').version).toBe(1);
  });

  it('is done for all others when one fails, which stays due', async () => {
    const { renewals, sign, signed, itemOf, items } = open();
    sign('acme', begun());
    sign('broken', begun({}, { currentPeriod: { from: '2024-01-31', to: '2024-02-15' } }));
    sign('zeta', begun());
    const torn = itemOf('zeta');
    items.items.set(generateId('TENANT#torn', torn.sk), { ...torn, pk: 'TENANT#torn', attributes: {} });
    const told: string[] = [];
    const tally = await renewals().runDue(END, { onFailure: (message) => told.push(message) });
    expect(tally).toEqual({ renewed: 2, expired: 0, failed: 2 });
    expect(told).toHaveLength(2);
    expect(told).toContain('SUB-001 of broken could not be renewed');
    expect(signed('zeta').currentPeriod.from).toBe('2024-02-29');
    expect(itemOf('broken').dueAt).toBe('2024-02-15T00:00:00.000Z');
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
    expect(await renewals().runDue(END)).toEqual({ renewed: 0, expired: 1, failed: 0 });
    expect(signed('acme')).toMatchObject({ status: 'expired', autoRenew: false });
  });

  it('is left when it is asked to stop, and done by the next run', async () => {
    const { renewals, sign, items } = open();
    for (let index = 0; index < 250; index += 1) sign(`t${index}`, begun());
    const stopping = new AbortController();
    items.beforeCommit = () => stopping.abort();
    const { renewed } = await renewals().runDue(END, { signal: stopping.signal });
    expect(renewed).toBeLessThan(10);
    expect(await renewals().runDue(END)).toMatchObject({ renewed: 250 - renewed });
  });
});
