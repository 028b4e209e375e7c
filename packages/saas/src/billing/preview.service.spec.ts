import { generateId, type InvokeContext, type Item } from '@landlord/kernel';
import { money, timeZoneOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { openItemStore } from '../plans/item-store.fixture.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { begun } from '../subscriptions/subscription.anew.js';
import { SubscriptionChanges } from '../subscriptions/subscription.changes.service.js';
import { SubscriptionDueWork } from '../subscriptions/subscription.due.service.js';
import { createEventCommands } from '../subscriptions/subscription.event.item.js';
import { SubscriptionFacts } from '../subscriptions/subscription.facts.service.js';
import { SubscriptionForecast } from '../subscriptions/subscription.forecast.service.js';
import { SubscriptionInUse } from '../subscriptions/subscription.in-use.service.js';
import { createSubscriptionCommand, subscriptionFromItem } from '../subscriptions/subscription.item.js';
import { type RequestedCommand } from '../subscriptions/subscription.lifecycle.js';
import { type ChangePlanInput } from '../subscriptions/subscription.schema.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { createTenantCommand } from '../tenants/tenant.item.js';
import { ROOT_PLACE } from '../tenants/tenant.js';
import { createUsageCommand } from '../usage/usage.item.js';
import { createRosterCommand, rosterKey } from '../users/roster.item.js';
import { billingCommand } from './billing-state.item.js';
import { DEFAULT_BILLING } from './charge.js';
import { chargesOf, difference } from './charges.js';
import { previewViewOf } from './preview.schema.js';
import { PreviewService } from './preview.service.js';
import { TimelineService } from './timeline.service.js';

const START = '2024-03-01T09:00:00.000Z';
const MID_MARCH = '2024-03-15T12:00:00.000Z';
const timezone = timeZoneOf('UTC');
const NOW = { when: 'now' } as const;
const LATER = { when: 'period_end' } as const;

const billing: InvokeContext = {
  user: { userId: 'usr-001', tenantCode: 'acme', roles: ['billing'] },
  requestId: 'req-1',
  source: 'test',
  ip: null,
  idempotency: null,
};

/** On `starter` since 2024-03-01, and it is the middle of March. */
function open({ trialDays = 0, withEvents = true, quantity = 1 } = {}) {
  let now = START;
  const core = openItemStore({ now: () => now });
  const { items, store, commandService, dataService, clock } = core;
  const plans = new PlanService(commandService, dataService, new MasterService(dataService));
  const inUse = new SubscriptionInUse(store, new MeterCatalogueService(store));
  const facts = new SubscriptionFacts(plans, inUse, clock);
  const dueWork = new SubscriptionDueWork(commandService, dataService, facts);
  const reader = new SubscriptionService(dataService);
  const changes = new SubscriptionChanges(commandService, reader, dueWork, facts, inUse, plans, clock);
  const timelines = new TimelineService(dataService, plans);
  const forecast = new SubscriptionForecast(reader, facts, clock);
  items.put(...SEED_PLANS.flatMap((plan) => createPlanCommands(plan)));
  const base = { name: 'Acme', status: 'active' as const, industry: null, country: null, timezone };
  items.put(createTenantCommand({ code: 'acme', ...base, ...ROOT_PLACE }));
  items.put(createRosterCommand('acme', { active: 1, admins: 1 }));
  items.put(createUsageCommand({ tenantCode: 'acme', timezone, now: START, activeUsers: 1 }));
  const plan = { code: 'starter', version: 1, trialDays };
  const currency = SEED_PLANS[0]?.currency;
  if (!currency) throw new Error('there are no plans');
  const input = { code: 'SUB-001', plan, billingCycle: 'monthly' as const, currency, quantity, timezone };
  const { subscription, events } = begun({ ...input, now: START });
  items.put(createSubscriptionCommand('acme', { ...subscription, paymentMethodId: 'pm_1' }));
  if (withEvents) items.put(...createEventCommands('acme', { subscription, version: 1 }, events));
  now = MID_MARCH;
  const item = (): Item => {
    const found = items.items.get(generateId('TENANT#acme', 'SUBSCRIPTION#SUB-001'));
    if (!found) throw new Error('there is no subscription');
    return found;
  };
  return {
    items,
    item,
    previews: new PreviewService(commandService, forecast, timelines),
    change: (chosen: ChangePlanInput) => changes.changePlan(billing, { ...chosen, ifMatch: null }),
    request: (command: RequestedCommand) => changes.request(billing, { command, ifMatch: null }),
    seats: (by: number) =>
      items.put({
        kind: 'increment',
        pk: 'TENANT#acme',
        sk: rosterKey('acme').sk,
        increments: [{ path: ['seats'], by: String(by) }],
      }),
    bringUpToDate: () => dueWork.bringUpToDate(item(), now),
    moveTo: (instant: string) => {
      now = instant;
    },
    bill: async () => {
      const timeline = await timelines.timelineOf(item(), []);
      return chargesOf({ timeline, plans: await timelines.plansOf(timeline), options: DEFAULT_BILLING });
    },
  };
}

type Opened = ReturnType<typeof open>;
const professional = { planCode: 'professional' };

describe('a preview', () => {
  it('tells what would be billed now', async () => {
    const { previews } = open({ quantity: 2 });
    const preview = await previews.planChange(billing, { ...professional, ...NOW });
    expect(preview).toMatchObject({
      effectiveAt: MID_MARCH,
      currency: 'USD',
      subtotal: 7_677,
      total: 7_677,
      subscription: { ...professional, planVersion: 1, billingCycle: 'monthly', quantity: 2 },
    });
    expect(preview.lines).toMatchObject([
      {
        type: 'credit',
        description: 'Unused time of 2 x starter, monthly, from 2024-03-15 to 2024-04-01',
        amount: -3_181,
        unitPrice: 2_900,
        period: { from: '2024-03-15', to: '2024-04-01' },
        explain: {
          part: 17,
          whole: 31,
          exact: '-98600/31',
          takenFrom: { lineId: 'SUB-001.1.1:charge', left: 5_800 },
        },
      },
      { type: 'proration', amount: 10_858, quantity: 2, explain: { exact: '336600/31', takenFrom: null } },
    ]);
  });

  it('gives nothing back of what is void', async () => {
    const { items, previews } = open();
    const voidedLines = [{ lineId: 'SUB-001.1.1:charge', amount: 2_900, afterVersion: 1 }];
    const at = { tenantCode: 'acme', code: 'SUB-001', item: null };
    items.put(billingCommand(at, { billedVersion: 1, voidedLines }));
    const { lines } = await previews.planChange(billing, { ...professional, ...NOW });
    expect(lines.map(({ amount }) => amount)).toEqual([0, 5_429]);
  });

  it('writes nothing', async () => {
    const { previews, items } = open();
    const before = structuredClone([...items.items]);
    for (const when of [NOW, LATER]) await previews.planChange(billing, { ...professional, ...when });
    expect([...items.items]).toEqual(before);
  });

  it.each<[string, (opened: Opened) => unknown, ChangePlanInput, string]>([
    ['too much in use', ({ seats }) => seats(30), { ...professional, ...NOW }, 'downgrade_blocked'],
    ['no such plan', () => null, { planCode: 'nothing', ...NOW }, 'validation_failed'],
    [
      'money owed',
      ({ request }) => request({ kind: 'markPastDue', reason: 'card' }),
      { ...professional, ...NOW },
      'invalid_transition',
    ],
    [
      'an end',
      ({ request }) => request({ kind: 'cancel', reason: 'no', when: 'now' }),
      { ...professional, ...LATER },
      'invalid_transition',
    ],
    [
      'a pause',
      ({ request }) => request({ kind: 'pause', mode: 'run', resumesOn: null, reason: null }),
      { ...professional, ...NOW },
      'invalid_transition',
    ],
  ])('is refused as the change is: %s', async (_what, prepare, input, code) => {
    const opened = open();
    await opened.change({ planCode: 'enterprise', ...NOW });
    await prepare(opened);
    const refusals = await Promise.all(
      [opened.previews.planChange(billing, input), opened.change(input)].map((asked) =>
        asked.then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    );
    expect(refusals[0]).toMatchObject({ code });
    expect(refusals[0]).toEqual(refusals[1]);
  });

  it('has no lines where nothing changes, in a trial, or where nobody knows when', async () => {
    const asked = (opened: Opened, input: ChangePlanInput) => opened.previews.planChange(billing, input);
    expect(await asked(open(), { planCode: 'starter', ...NOW })).toMatchObject({ lines: [], total: 0 });
    const trial = await asked(open({ trialDays: 30 }), { ...professional, ...NOW });
    expect(trial).toMatchObject({ lines: [], total: 0, subscription: professional });
    const frozen = open();
    await frozen.request({ kind: 'pause', mode: 'freeze', resumesOn: null, reason: null });
    expect(await asked(frozen, { ...professional, ...LATER })).toMatchObject({
      effectiveAt: null,
      lines: [],
    });
  });

  it('of what comes after a trial takes it that somebody will pay, and of what is not renewed has no lines', async () => {
    const trial = open({ trialDays: 30 });
    await trial.request({ kind: 'setPaymentMethod', paymentMethodId: null });
    expect(await trial.previews.planChange(billing, { ...professional, ...LATER })).toMatchObject({
      effectiveAt: '2024-03-31T00:00:00.000Z',
      lines: [{ type: 'subscription', amount: 9_900, period: { from: '2024-03-31', to: '2024-04-30' } }],
    });
    const ending = open();
    await ending.request({ kind: 'setAutoRenew', autoRenew: false });
    expect(await ending.previews.planChange(billing, { ...professional, ...LATER })).toMatchObject({
      effectiveAt: '2024-04-01T00:00:00.000Z',
      lines: [],
      subscription: { planCode: 'starter' },
    });
  });

  it('of a subscription from before events told what is billed takes it to be as it was', async () => {
    const told = await open().previews.planChange(billing, { ...professional, ...NOW });
    const untold = await open({ withEvents: false }).previews.planChange(billing, {
      ...professional,
      ...NOW,
    });
    expect(untold.lines.map(({ amount }) => amount)).toEqual(told.lines.map(({ amount }) => amount));
  });
});

describe('what a preview says', () => {
  it.each<[string, Parameters<typeof open>[0], ChangePlanInput, ((opened: Opened) => unknown)?]>([
    ['another plan', {}, { ...professional, ...NOW }],
    ['more of the same', { quantity: 3 }, { planCode: 'starter', quantity: 7, ...NOW }],
    ['another cycle', {}, { planCode: 'starter', billingCycle: 'yearly', ...NOW }],
    ['all at once', { quantity: 2 }, { ...professional, billingCycle: 'yearly', quantity: 9, ...NOW }],
    ['another plan later', { quantity: 2 }, { ...professional, ...LATER }],
    ['another cycle later', {}, { planCode: 'starter', billingCycle: 'yearly', ...LATER }],
    ['another plan after the trial', { trialDays: 30 }, { ...professional, ...LATER }],
    [
      'a second change',
      {},
      { planCode: 'enterprise', ...NOW },
      ({ change }) => change({ ...professional, ...NOW }),
    ],
    [
      'when renewals are behind',
      {},
      { ...professional, ...NOW },
      ({ moveTo }) => moveTo('2024-07-20T01:00:00.000Z'),
    ],
    [
      'after a pause',
      {},
      { ...professional, quantity: 2, ...NOW },
      async ({ request, moveTo }) => {
        await request({ kind: 'pause', mode: 'freeze', resumesOn: null, reason: null });
        moveTo('2024-03-29T00:00:00.000Z');
        await request({ kind: 'resume' });
      },
    ],
    [
      'in place of what waits',
      {},
      { planCode: 'enterprise', ...LATER },
      ({ change }) => change({ ...professional, ...LATER }),
    ],
  ])('is what the change then bills: %s', async (_what, begin, input, prepare) => {
    const opened = open(begin);
    await prepare?.(opened);
    const preview = await opened.previews.planChange(billing, input);
    expect(preview.lines.length).toBeGreaterThan(0);

    await opened.bringUpToDate();
    const before = await opened.bill();
    await opened.change(input);
    if (preview.effectiveAt) opened.moveTo(preview.effectiveAt);
    await opened.bringUpToDate();
    const lines = difference(await opened.bill(), before);
    const sum = lines.reduce((total, { amountMinor }) => total + amountMinor, 0n);
    const made = previewViewOf({
      effectiveAt: preview.effectiveAt,
      lines,
      subtotal: money(sum, preview.currency),
      subscription: subscriptionFromItem(opened.item()),
    });
    expect(preview).toEqual(made);
  });
});
