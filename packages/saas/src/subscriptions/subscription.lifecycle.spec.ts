import { periodByIndex } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueAtOf, dueWorkOf } from './subscription.due.js';
import { begun } from './subscription.fixture.js';
import { isLive, type Subscription, type SubscriptionStatus } from './subscription.js';
import {
  big,
  changedBy,
  END,
  facts,
  free,
  instant,
  lived,
  NOW,
  plan,
  possible,
  scheduledBig,
  trial,
  zones,
} from './subscription.lifecycle.fixture.js';
import { decide, type LifecycleCommand } from './subscription.lifecycle.js';
import { type LifecycleFacts, TRANSITIONS } from './subscription.transitions.js';

describe('the end of a trial', () => {
  const ended = { ...trial(), trialNotice: 1 };
  const at = { now: '2024-02-15T00:00:00.000Z' };

  it.each<[string, Partial<Subscription>, Partial<LifecycleFacts>, SubscriptionStatus]>([
    ['without a payment method', {}, {}, 'expired'],
    ['with one', { paymentMethodId: 'pm_1' }, {}, 'active'],
    ['on a plan free by the month', {}, { plan: free }, 'active'],
    ['on one that is only free by the month', { billingCycle: 'yearly' }, { plan: free }, 'expired'],
    ['with renewal turned off', { paymentMethodId: 'pm_1', autoRenew: false }, {}, 'expired'],
    [
      'with a change to a plan that costs',
      { scheduledChange: scheduledBig },
      { plan: free, ...possible },
      'expired',
    ],
  ])('%s', (_what, change, given, status) => {
    const { subscription } = changedBy({ ...ended, ...change }, { kind: 'endTrial' }, { ...at, ...given });
    expect(subscription.status).toBe(status);
    expect(subscription.scheduledChange).toBeNull();
  });

  it('makes the scheduled change, and counts periods from the day after', () => {
    const { subscription, names } = changedBy(
      { ...ended, paymentMethodId: 'pm_1', scheduledChange: scheduledBig },
      { kind: 'endTrial' },
      { ...at, ...possible },
    );
    expect(names).toEqual(['plan_changed', 'activated']);
    expect(subscription).toMatchObject({
      planCode: 'big',
      planVersion: 3,
      startDate: '2024-02-01',
      anchor: '2024-02-15',
      currentPeriod: { from: '2024-02-15', to: '2024-03-15' },
    });
  });

  it('is told 3 days and 1 day before, where the trial is long enough', () => {
    const noticed = (trialDays: number) =>
      lived(begun({ trialDays, now: '2024-02-01T09:00:00.000Z' }), '2024-06-01T00:00:00.000Z').map(
        ({ trialNotice }) => trialNotice,
      );
    expect([1, 2, 3, 4, 14].map(noticed)).toEqual([
      [null, null],
      [null, 1, 1],
      [null, 1, 1],
      [null, 3, 1, 1],
      [null, 3, 1, 1],
    ]);
  });
});

describe('early activation', () => {
  it('begins the first period today', () => {
    const { subscription, names } = changedBy(trial({ cancelAt: END }), {
      kind: 'activate',
      paymentMethodId: 'pm_2',
      billingCycle: 'yearly',
    });
    expect(names).toEqual(['activated']);
    expect(subscription).toMatchObject({
      status: 'active',
      paymentMethodId: 'pm_2',
      billingCycle: 'yearly',
      anchor: '2024-02-10',
      currentPeriod: { from: '2024-02-10', to: '2025-02-10' },
      trialEndsAt: NOW,
      cancelAt: null,
    });
  });
});

describe('a change of plan', () => {
  it('now, with the same cycle, keeps the period', () => {
    const { subscription, events } = changedBy(begun(), { kind: 'changePlan', plan: big, when: 'now' });
    expect(subscription).toMatchObject({
      planCode: 'big',
      planVersion: 3,
      anchor: '2024-01-31',
      currentPeriod: { from: '2024-01-31', to: '2024-02-29' },
    });
    expect(events).toEqual([
      {
        name: 'subscription.plan_changed',
        effectiveAt: NOW,
        data: {
          from: { planCode: 'team', planVersion: 1, billingCycle: 'monthly', quantity: 1 },
          to: { planCode: 'big', planVersion: 3, billingCycle: 'monthly', quantity: 1 },
          when: 'now',
          superseded: null,
        },
      },
    ]);
  });

  it('now, with another cycle, begins a period today, and a cancellation waits for its end', () => {
    const command = { kind: 'changePlan', plan, billingCycle: 'yearly', when: 'now' } as const;
    expect(changedBy(begun({}, { cancelAt: END }), command).subscription).toMatchObject({
      anchor: '2024-02-10',
      currentPeriod: { from: '2024-02-10', to: '2025-02-10' },
      cancelAt: '2025-02-10T00:00:00.000Z',
    });
    expect(changedBy(trial(), command).subscription).toMatchObject({
      status: 'trial',
      billingCycle: 'yearly',
      currentPeriod: { from: '2024-02-01', to: '2024-02-15' },
    });
  });

  it('at the end of the period waits, takes effect, and moves the anchor only where it must', () => {
    const command = { kind: 'changePlan', plan: big, when: 'period_end' } as const;
    const waiting = changedBy(begun(), command);
    expect(waiting.names).toEqual(['change_scheduled']);
    expect(waiting.subscription).toMatchObject({ planCode: 'team', scheduledChange: scheduledBig });
    expect(decide(waiting.subscription, command, facts())).toEqual({ kind: 'unchanged' });
    const renewed = changedBy(waiting.subscription, { kind: 'renew' }, { now: END, ...possible });
    expect(renewed.names).toEqual(['plan_changed', 'renewed']);
    expect(renewed.subscription).toMatchObject({
      planCode: 'big',
      anchor: '2024-01-31',
      currentPeriod: { from: '2024-02-29', to: '2024-03-31' },
    });
    const toYear = changedBy(begun(), { ...command, billingCycle: 'yearly' }).subscription;
    expect(changedBy(toYear, { kind: 'renew' }, { now: END, ...possible }).subscription).toMatchObject({
      anchor: '2024-02-29',
      currentPeriod: { from: '2024-02-29', to: '2025-02-28' },
    });
    const yearly = begun({ billingCycle: 'yearly' });
    const toMonth = changedBy(yearly, { ...command, billingCycle: 'monthly' }).subscription;
    const at = { now: '2025-01-31T00:00:00.000Z', ...possible };
    expect(changedBy(toMonth, { kind: 'renew' }, at).subscription).toMatchObject({
      anchor: '2024-01-31',
      currentPeriod: { from: '2025-01-31', to: '2025-02-28' },
    });
  });

  it('that has become impossible is dropped with its reason, and the period renews all the same', () => {
    const { subscription, events } = changedBy(
      begun({}, { scheduledChange: scheduledBig }),
      { kind: 'renew' },
      { now: END, scheduled: { kind: 'impossible', reason: 'plan "big" is retired' } },
    );
    expect(subscription).toMatchObject({
      planCode: 'team',
      scheduledChange: null,
      droppedChange: { change: scheduledBig, reason: 'plan "big" is retired', droppedAt: END },
      currentPeriod: { from: '2024-02-29', to: '2024-03-31' },
    });
    expect(events.map(({ name }) => name)).toEqual(['subscription.change_dropped', 'subscription.renewed']);
  });

  it('to what there is changes nothing, and takes back what waits', () => {
    const command = { kind: 'changePlan', plan, when: 'now' } as const;
    expect(decide(begun(), command, facts())).toEqual({ kind: 'unchanged' });
    const { subscription, names } = changedBy(begun({}, { scheduledChange: scheduledBig }), command);
    expect([subscription.scheduledChange, names]).toEqual([null, ['reactivated']]);
  });

  it('for the end of the period is refused where a cancellation waits', () => {
    const command = { kind: 'changePlan', plan: big, when: 'period_end' } as const;
    expect(decide(begun({}, { cancelAt: END }), command, facts())).toMatchObject({
      kind: 'refused',
      from: 'active',
      message: expect.stringContaining('/subscription/reactivate'),
    });
  });
});

describe('a cancellation', () => {
  it('now ends today: the day is not covered', () => {
    const { subscription, names } = changedBy(
      begun({ zone: 'Asia/Tokyo' }),
      { kind: 'cancel', reason: 'too dear', when: 'now' },
      { now: '2024-02-10T15:00:00.000Z' },
    );
    expect(names).toEqual(['cancelled']);
    expect(subscription).toMatchObject({
      status: 'cancelled',
      endDate: '2024-02-11',
      cancelAt: '2024-02-10T15:00:00.000Z',
      cancelReason: 'too dear',
    });
    expect(dueAtOf(subscription)).toBeNull();
  });

  it('at the end of the period waits, once, and can be taken back before anything else', () => {
    const command = { kind: 'cancel', reason: 'x', when: 'period_end' } as const;
    const { subscription, names } = changedBy(begun({}, { scheduledChange: scheduledBig }), command);
    expect(names).toEqual(['cancellation_scheduled']);
    expect(subscription).toMatchObject({ status: 'active', cancelAt: END, scheduledChange: scheduledBig });
    expect(decide(subscription, command, facts())).toEqual({ kind: 'unchanged' });
    const back = changedBy(subscription, { kind: 'reactivate' });
    expect(back.subscription).toMatchObject({
      cancelAt: null,
      cancelReason: null,
      scheduledChange: scheduledBig,
    });
    const again = changedBy(back.subscription, { kind: 'reactivate' });
    expect(again.subscription.scheduledChange).toBeNull();
    expect(decide(again.subscription, { kind: 'reactivate' }, facts()).kind).toBe('refused');
  });
});

const COMMANDS: readonly LifecycleCommand[] = [
  { kind: 'activate', paymentMethodId: 'pm_1' },
  { kind: 'activate', billingCycle: 'yearly' },
  { kind: 'changePlan', plan: big, when: 'now' },
  { kind: 'changePlan', plan: free, billingCycle: 'yearly', when: 'now' },
  { kind: 'changePlan', plan: big, when: 'period_end' },
  { kind: 'changePlan', plan, billingCycle: 'monthly', when: 'period_end' },
  { kind: 'cancel', reason: 'x', when: 'period_end' },
  { kind: 'cancel', reason: 'x', when: 'now' },
  { kind: 'reactivate' },
  { kind: 'setAutoRenew', autoRenew: false },
  { kind: 'setAutoRenew', autoRenew: true },
  { kind: 'setPaymentMethod', paymentMethodId: 'pm_2' },
  { kind: 'setPaymentMethod', paymentMethodId: null },
  { kind: 'noticeTrialEnd', daysLeft: 3 },
  { kind: 'endTrial' },
  { kind: 'renew' },
  { kind: 'endCancelled' },
  { kind: 'expire' },
];

describe('what has ended', () => {
  it.each(COMMANDS)('refuses $kind and names both states', (command) => {
    for (const status of ['cancelled', 'expired'] as const) {
      const decision = decide(begun({}, { status }), command, facts());
      expect(decision).toMatchObject({ kind: 'refused', from: status });
      const { from, to, message } = decision as { from: string; to: string; message: string };
      expect(message).toContain(`is ${from} and cannot become ${to}`);
    }
  });
});

const step = fc.record({
  command: fc.nat({ max: COMMANDS.length * 4 }),
  days: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 400 })),
  isPossible: fc.boolean(),
});

it('never makes a transition that is not in the table, and never loses a scheduled change, whatever is asked', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(0, 2, 14),
      instant('2005-01-01', '2030-01-01'),
      fc.array(step, { maxLength: 40 }),
      (zone, trialDays, start, steps) => {
        let now = start;
        let current = begun({ zone, trialDays, now });
        for (const { command: choice, days, isPossible } of steps) {
          // Mostly what is due, as commands at random seldom are.
          const command = COMMANDS[choice] ?? dueWorkOf(current)?.command ?? { kind: 'renew' as const };
          const scheduled = isPossible
            ? { kind: 'possible' as const, plan: big }
            : { kind: 'impossible' as const, reason: 'no' };
          const decision = decide(current, command, facts({ now, scheduled }));
          if (decision.kind === 'changed') {
            const { subscription: after, events } = decision;
            expectLawful(
              current,
              after,
              events.map(({ name }) => name),
            );
            current = after;
          }
          now = new Date(Date.parse(now) + days * 86_400_000).toISOString();
        }
      },
    ),
    { numRuns: 300 },
  );
});

function expectLawful(before: Subscription, after: Subscription, names: readonly string[]) {
  if (after.status !== before.status) expect(TRANSITIONS[before.status]).toContain(after.status);
  expect(isLive(before)).toBe(true);
  expect(isLive(after)).toBe(after.endDate === null);
  expect(after.currentPeriod.from < after.currentPeriod.to).toBe(true);
  if (before.scheduledChange && !after.scheduledChange)
    expect(names.some((name) => /(plan|quantity)_changed|change_dropped|reactivated/.test(name))).toBe(true);
  if (after.currentPeriod.from !== before.currentPeriod.from && names.includes('subscription.renewed'))
    expect(after.currentPeriod.from).toBe(before.currentPeriod.to);
  if (after.status === 'active') {
    const isOwn = (index: number) =>
      periodByIndex(after.anchor, after.billingCycle, index).from === after.currentPeriod.from;
    expect(Array.from({ length: 600 }, (_each, index) => index).some(isOwn)).toBe(true);
  }
}
