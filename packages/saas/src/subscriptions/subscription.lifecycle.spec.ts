import { addDays, type Instant, localDateOf, periodByIndex, startOfLocalDay } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueAtOf, dueWorkOf } from './subscription.due.js';
import { begun } from './subscription.fixture.js';
import { isLive, type Subscription, type SubscriptionStatus } from './subscription.js';
import { decide, type LifecycleCommand } from './subscription.lifecycle.js';
import { type LifecycleFacts, type PlanTerms, TRANSITIONS } from './subscription.transitions.js';

const NOW = '2024-02-10T09:00:00.000Z';
const END = '2024-02-29T00:00:00.000Z';
const plan: PlanTerms = { code: 'team', version: 1, monthlyPrice: 2900, yearlyPrice: 29_000 };
const big: PlanTerms = { code: 'big', version: 3, monthlyPrice: 9900, yearlyPrice: 99_000 };
const free: PlanTerms = { code: 'free', version: 1, monthlyPrice: 0, yearlyPrice: 500 };

function facts(change: Partial<LifecycleFacts> = {}): LifecycleFacts {
  return { now: NOW, userId: 'usr-1', plan, scheduled: null, ...change };
}

function changedBy(
  subscription: Subscription,
  command: LifecycleCommand,
  change: Partial<LifecycleFacts> = {},
) {
  const decision = decide(subscription, command, facts(change));
  if (decision.kind !== 'changed') throw new Error(JSON.stringify(decision));
  return { ...decision, names: decision.events.map(({ name }) => name.replace('subscription.', '')) };
}

/** All that is due by `until`, period by period. */
function lived(
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

const periodsOf = (states: readonly Subscription[]) =>
  states.filter(({ status }) => status === 'active').map(({ currentPeriod }) => currentPeriod);
const startsOf = (states: readonly Subscription[]) => periodsOf(states).map(({ from }) => from);

const trial = (change: Partial<Subscription> = {}) =>
  begun({ trialDays: 14, now: '2024-02-01T09:00:00.000Z' }, change);
const scheduledBig = {
  kind: 'plan',
  planCode: 'big',
  planVersion: 3,
  billingCycle: 'monthly',
  effective: 'period_end',
  requestedAt: NOW,
  requestedBy: 'usr-1',
} as const;
const possible = { scheduled: { kind: 'possible', plan: big } } as const;

describe('billing dates', () => {
  it('O01: an anchor on the 31st is clamped and comes back', () => {
    const states = lived(begun({ now: '2022-12-31T00:00:00.000Z' }), '2024-03-31T00:00:00.000Z');
    expect(startsOf(states).slice(1)).toEqual(
      [
        '2023-01-31',
        '2023-02-28',
        '2023-03-31',
        '2023-04-30',
        '2023-05-31',
        '2023-06-30',
        '2023-07-31',
      ].concat(
        ['2023-08-31', '2023-09-30', '2023-10-31', '2023-11-30', '2023-12-31', '2024-01-31', '2024-02-29'],
        ['2024-03-31'],
      ),
    );
  });

  it('O02: an anchor on the 30th returns to the 30th after February', () => {
    const starts = startsOf(lived(begun({ now: '2022-04-30T00:00:00.000Z' }), '2024-03-30T00:00:00.000Z'));
    expect(starts.filter((day) => day >= '2023-01' && day < '2023-04-01')).toEqual([
      '2023-01-30',
      '2023-02-28',
      '2023-03-30',
    ]);
    expect(starts.slice(-3)).toEqual(['2024-01-30', '2024-02-29', '2024-03-30']);
  });

  it('O04: bounds of periods from 2024-01-31, half-open', () => {
    const states = lived(begun({ now: '2024-01-31T01:00:00.000Z' }), '2024-03-31T00:00:00.000Z');
    expect(periodsOf(states)).toEqual([
      { from: '2024-01-31', to: '2024-02-29' },
      { from: '2024-02-29', to: '2024-03-31' },
      { from: '2024-03-31', to: '2024-04-30' },
    ]);
  });

  it('O06: a year from 29 February is renewed on the 28th, and on the 29th in a leap year', () => {
    const from2020 = begun({ billingCycle: 'yearly', now: '2020-02-29T12:00:00.000Z' });
    expect(startsOf(lived(from2020, '2024-03-01T00:00:00.000Z'))).toEqual([
      '2020-02-29',
      '2021-02-28',
      '2022-02-28',
      '2023-02-28',
      '2024-02-29',
    ]);
  });

  // By local day: the hours of the source are another convention.
  it.each<[string, 'monthly' | 'yearly', string, string]>([
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-29T23:59:59.999Z', '2026-04-30'],
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-30T00:00:00.000Z', '2026-05-31'],
    ['2026-01-31T10:00:00.000Z', 'monthly', '2026-04-30T11:00:00.000Z', '2026-05-31'],
    ['2024-02-29T12:00:00.000Z', 'yearly', '2025-02-28T22:00:00.000Z', '2026-02-28'],
  ])('O07: from %s %s, at %s the period ends on %s', (now, billingCycle, until, to) => {
    expect(lived(begun({ now, billingCycle }), until).at(-1)?.currentPeriod.to).toBe(to);
  });

  // Its other case has a billing day that is not the day of the start, which there is not here.
  it('O08: 3 whole periods from 31 January to 30 April', () => {
    const states = lived(begun({ now: '2017-01-31T00:00:00.000Z' }), '2017-03-31T00:00:00.000Z');
    expect(periodsOf(states).map(({ to }) => to)).toEqual(['2017-02-28', '2017-03-31', '2017-04-30']);
  });

  it.each([
    ['2023-06-16T05:00:00.000Z', 'America/Denver', '2023-06-15'],
    ['2023-06-16T05:00:00.000Z', 'America/Halifax', '2023-06-16'],
    ['2023-06-16T20:00:00.000Z', 'Europe/Paris', '2023-06-16'],
    ['2023-06-16T20:00:00.000Z', 'Asia/Karachi', '2023-06-17'],
  ])('O13: at %s in %s it is %s', (now, zone, day) => {
    expect(begun({ now, zone })).toMatchObject({ startDate: day, anchor: day });
  });

  it('O15: 18 months in Juneau after a trial of 30 days are [1st, next 1st), whatever the clocks do', () => {
    const juneau = begun(
      { zone: 'America/Juneau', trialDays: 30, now: '2015-09-01T20:00:00.000Z' },
      { paymentMethodId: 'pm_1' },
    );
    const starts = startsOf(lived(juneau, '2017-03-01T09:00:00.000Z'));
    expect(starts).toHaveLength(18);
    expect(starts).toEqual(starts.map((_day, index) => periodByIndex('2015-10-01', 'monthly', index).from));
  });

  it('O18: 30 days from 1 March in Los Angeles end on the 31st, not on 1 April', () => {
    const angeles = begun(
      { zone: 'America/Los_Angeles', trialDays: 30, now: '2017-03-02T07:30:00.000Z' },
      { paymentMethodId: 'pm_1' },
    );
    expect(angeles).toMatchObject({ startDate: '2017-03-01', trialEndsAt: '2017-03-31T07:00:00.000Z' });
    const [first] = periodsOf(lived(angeles, '2017-03-31T07:00:00.000Z'));
    expect(first).toEqual({ from: '2017-03-31', to: '2017-04-30' });
  });
});

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
          from: { planCode: 'team', planVersion: 1, billingCycle: 'monthly' },
          to: { planCode: 'big', planVersion: 3, billingCycle: 'monthly' },
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

const zones = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Asia/Beirut', 'Pacific/Apia', 'America/St_Johns'];
const instant = (min: string, max: string) =>
  fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true }).map((date) => date.toISOString());
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
    expect(names.some((name) => /plan_changed|change_dropped|reactivated/.test(name))).toBe(true);
  if (after.currentPeriod.from !== before.currentPeriod.from && names.includes('subscription.renewed'))
    expect(after.currentPeriod.from).toBe(before.currentPeriod.to);
  if (after.status === 'active') {
    const isOwn = (index: number) =>
      periodByIndex(after.anchor, after.billingCycle, index).from === after.currentPeriod.from;
    expect(Array.from({ length: 600 }, (_each, index) => index).some(isOwn)).toBe(true);
  }
}

it('periods tile 50 years from the anchor, hold the present, and begin as their local day does', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom('monthly' as const, 'yearly' as const),
      instant('1990-01-01', '2000-01-01'),
      instant('2000-01-01', '2050-01-01'),
      (zone, billingCycle, now, until) => {
        const first = begun({ zone, billingCycle, now });
        const states = lived(first, until);
        expect(periodsOf(states)).toEqual(
          states.map((_each, index) => periodByIndex(first.anchor, billingCycle, index)),
        );
        const last = states.at(-1) ?? first;
        const { from, to } = last.currentPeriod;
        const { timezone } = last;
        expect(startOfLocalDay(from, timezone) <= until && until < startOfLocalDay(to, timezone)).toBe(true);
        const today = localDateOf(until, timezone);
        expect(from <= today && today < to).toBe(true);
        for (const { currentPeriod } of states) {
          const isLastOfMonth = addDays(currentPeriod.from, 1).endsWith('-01');
          expect(currentPeriod.from.slice(8) === first.anchor.slice(8) || isLastOfMonth).toBe(true);
        }
      },
    ),
    { numRuns: 40 },
  );
});
