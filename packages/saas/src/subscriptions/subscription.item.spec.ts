import { evolve } from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { expect, it } from 'vitest';
import { createSubscriptionCommand, subscriptionView } from './subscription.item.js';
import { beginSubscription } from './subscription.js';
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
