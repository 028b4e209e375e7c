import { currencyOf, type Instant } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { dueWorkOf } from './subscription.due.js';
import { begun } from './subscription.fixture.js';
import { type Subscription } from './subscription.js';
import { decide, type LifecycleCommand } from './subscription.lifecycle.js';
import { type LifecycleFacts, type PlanTerms } from './subscription.transitions.js';

export const NOW = '2024-02-10T09:00:00.000Z';
export const END = '2024-02-29T00:00:00.000Z';
const currency = currencyOf('USD');
export const plan: PlanTerms = {
  currency,
  code: 'team',
  version: 1,
  monthlyPrice: 2900,
  yearlyPrice: 29_000,
};
export const big: PlanTerms = { currency, code: 'big', version: 3, monthlyPrice: 9900, yearlyPrice: 99_000 };
export const free: PlanTerms = { currency, code: 'free', version: 1, monthlyPrice: 0, yearlyPrice: 500 };

export function facts(change: Partial<LifecycleFacts> = {}): LifecycleFacts {
  return { now: NOW, userId: 'usr-1', plan, scheduled: null, ...change };
}

export function changedBy(
  subscription: Subscription,
  command: LifecycleCommand,
  change: Partial<LifecycleFacts> = {},
) {
  const decision = decide(subscription, command, facts(change));
  if (decision.kind !== 'changed') throw new Error(JSON.stringify(decision));
  return { ...decision, names: decision.events.map(({ name }) => name.replace('subscription.', '')) };
}

/** All that is due by `until`, period by period. */
export function lived(
  subscription: Subscription,
  until: Instant,
  change: Partial<LifecycleFacts> = {},
): Subscription[] {
  const states = [subscription];
  for (let current = subscription; ; ) {
    const work = dueWorkOf(current);
    if (!work || work.at > until) return states;
    current = changedBy(current, work.command, { now: until, ...change }).subscription;
    states.push(current);
  }
}

export const periodsOf = (states: readonly Subscription[]) =>
  states.filter(({ status }) => status === 'active').map(({ currentPeriod }) => currentPeriod);
export const startsOf = (states: readonly Subscription[]) => periodsOf(states).map(({ from }) => from);

export const trial = (change: Partial<Subscription> = {}) =>
  begun({ trialDays: 14, now: '2024-02-01T09:00:00.000Z' }, change);
export const scheduledBig = {
  kind: 'plan',
  planCode: 'big',
  planVersion: 3,
  billingCycle: 'monthly',
  quantity: 1,
  effective: 'period_end',
  requestedAt: NOW,
  requestedBy: 'usr-1',
} as const;
export const possible = { scheduled: { kind: 'possible', plan: big } } as const;

export const zones = [
  'UTC',
  'Asia/Tokyo',
  'America/New_York',
  'Asia/Beirut',
  'Pacific/Apia',
  'America/St_Johns',
];
export const instant = (min: string, max: string) =>
  fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true }).map((date) => date.toISOString());
