import { evolve } from '@landlord/kernel';
import { currencyOf, timeZoneOf } from '@landlord/kernel/pure';
import { expect, it } from 'vitest';
import { begun } from './subscription.fixture.js';
import {
  changeSubscriptionCommand,
  createSubscriptionCommand,
  subscriptionFromItem,
  subscriptionView,
} from './subscription.item.js';
import { beginSubscription, type ScheduledChange, type Subscription } from './subscription.js';
import { subscriptionView as subscriptionSchema } from './subscription.schema.js';

const NOW = '2024-03-01T09:00:00.000Z';
const origin = { userId: 'usr-1', requestId: 'req-1', source: 'test', ip: null, at: NOW };

it.each([
  // A year from 1 March in Tokyo, where it is nine hours earlier than the date says in UTC.
  [0, '2025-02-28T15:00:00.000Z'],
  // The first notice, three days before the end.
  [14, '2024-03-11T15:00:00.000Z'],
])('is read back from its item as it began (trial of %i days)', (trialDays, dueAt) => {
  const subscription = beginSubscription({
    code: 'SUB-001',
    plan: { code: 'starter', version: 2, trialDays },
    billingCycle: 'yearly',
    currency: currencyOf('USD'),
    timezone: timeZoneOf('Asia/Tokyo'),
    now: NOW,
  });
  const evolution = evolve(null, createSubscriptionCommand('acme', subscription), origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  const { item } = evolution;
  expect(item).toMatchObject({
    pk: 'TENANT#acme',
    sk: 'SUBSCRIPTION#SUB-001',
    type: 'SUBSCRIPTION',
    code: 'SUB-001',
    // What makes the end of the trial, or of the period, findable when it falls due.
    dueAt,
  });
  const view = subscriptionView(item);
  expect(view).toEqual({ ...subscription, version: 1, createdAt: NOW, updatedAt: NOW });
  expect(subscriptionSchema.parse(view)).toEqual(view);
});

function created(subscription: Subscription) {
  const evolution = evolve(null, createSubscriptionCommand('acme', subscription), origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  return evolution.item;
}

const requested = { requestedAt: NOW, requestedBy: 'usr-1' };
const version: ScheduledChange = { kind: 'plan_version', planVersion: 2, effective: 'renewal', ...requested };
const plan: ScheduledChange = {
  kind: 'plan',
  planCode: 'big',
  planVersion: 1,
  billingCycle: 'yearly',
  quantity: 1,
  effective: 'period_end',
  ...requested,
};

it.each<[Partial<Subscription>, Partial<Subscription>, string]>([
  [{}, { autoRenew: false }, 'partial'],
  [{}, { currentPeriod: { from: '2024-02-29', to: '2024-03-31' }, planCode: 'big' }, 'partial'],
  [{}, { scheduledChange: plan }, 'partial'],
  [{ scheduledChange: plan }, { scheduledChange: null }, 'partial'],
  [{ scheduledChange: plan }, { scheduledChange: version }, 'full'],
  [{ scheduledChange: version }, { scheduledChange: plan }, 'full'],
  [
    { droppedChange: { change: plan, reason: 'x', droppedAt: NOW } },
    { droppedChange: { change: version, reason: 'y', droppedAt: NOW } },
    'full',
  ],
])('after a change it says that and nothing of before: %j, %j', (before, change, kind) => {
  const item = created(begun({}, before));
  const after = { ...subscriptionFromItem(item), ...change };
  const command = changeSubscriptionCommand(item, after);
  expect(command.kind).toBe(kind);
  const evolution = evolve(item, command, origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  expect(subscriptionFromItem(evolution.item)).toEqual(after);
  expect(evolution.item.name).toBe(`${after.planCode} of acme`);
});

it('from before some of it was known is read with what that means', () => {
  const item = created(begun());
  const {
    anchor: _anchor,
    paymentMethodId: _id,
    trialNotice: _notice,
    cancelReason: _reason,
    ...old
  } = item.attributes;
  expect(subscriptionFromItem({ ...item, attributes: old })).toEqual(begun());
});
