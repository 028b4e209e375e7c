import { addDays, startOfLocalDay, timeZoneOf } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueWorkOf } from './subscription.due.js';
import { begun } from './subscription.fixture.js';
import { type Subscription, type SubscriptionStatus } from './subscription.js';
import { big, changedBy, END, facts, lived, NOW, plan, trial } from './subscription.lifecycle.fixture.js';
import { decide, type RequestedCommand } from './subscription.lifecycle.js';
import { scheduledOf } from './subscription.scheduled.js';

const freeze = { kind: 'pause', mode: 'freeze', resumesOn: null, reason: null } as const;
const run = { ...freeze, mode: 'run' } as const;
const paused = (command: RequestedCommand = freeze, change: Partial<Subscription> = {}) =>
  changedBy(begun({}, change), command).subscription;

describe('a pause', () => {
  it('begins today', () => {
    const { subscription, names } = changedBy(begun(), { ...freeze, reason: 'winter' });
    expect(names).toEqual(['paused']);
    expect(subscription).toMatchObject({
      status: 'active',
      pause: { mode: 'freeze', since: '2024-02-10', resumesOn: null, reason: 'winter' },
      currentPeriod: { from: '2024-01-31', to: '2024-02-29' },
    });
  });

  it('that freezes keeps the days left for afterwards, and later periods are counted from there', () => {
    const before = paused();
    expect(dueWorkOf(before)).toBeNull();
    const { subscription, names } = changedBy(
      before,
      { kind: 'resume' },
      { now: '2024-03-05T12:00:00.000Z' },
    );
    expect(names).toEqual(['resumed']);
    expect(subscription).toMatchObject({
      pause: null,
      currentPeriod: { from: '2024-01-31', to: '2024-03-24' },
      frozenDays: 24,
      anchor: '2024-03-24',
    });
    const [, renewed] = lived(subscription, '2024-03-24T00:00:00.000Z');
    expect(renewed).toMatchObject({
      currentPeriod: { from: '2024-03-24', to: '2024-04-24' },
      frozenDays: 0,
    });
  });

  it('that ends on the day it began changes no date', () => {
    const before = begun();
    const { subscription } = changedBy(paused(), { kind: 'resume' });
    expect(subscription).toEqual(before);
  });

  it('that runs lets periods go by as they would have', () => {
    const [, renewed] = lived(paused(run), END);
    expect(renewed).toMatchObject({
      currentPeriod: { from: '2024-02-29', to: '2024-03-31' },
      pause: { mode: 'run' },
    });
    if (!renewed) throw new Error('it is renewed');
    const at = { now: '2024-03-05T12:00:00.000Z' };
    expect(changedBy(renewed, { kind: 'resume' }, at).subscription).toMatchObject({
      pause: null,
      currentPeriod: { from: '2024-02-29', to: '2024-03-31' },
      frozenDays: 0,
      anchor: '2024-01-31',
    });
  });

  it.each<['freeze' | 'run', string[]]>([
    ['freeze', ['resumed', 'renewed']],
    ['run', ['renewed', 'resumed', 'renewed']],
  ])('that %ss ends by itself on the day that was said', (mode, expected) => {
    const names: string[] = [];
    let current = paused({ ...freeze, mode, resumesOn: '2024-03-10' });
    for (let work = dueWorkOf(current); work && work.at <= '2024-04-01T00:00:00.000Z'; ) {
      const step = changedBy(current, work.command, { now: work.at });
      names.push(...step.names);
      current = step.subscription;
      work = dueWorkOf(current);
    }
    expect(names).toEqual(expected);
    expect(current.pause).toBeNull();
  });

  it('asked for again changes only when it ends, and never its kind', () => {
    const before = paused();
    expect(decide(before, freeze, facts())).toEqual({ kind: 'unchanged' });
    const later = { ...freeze, resumesOn: '2024-05-01' };
    expect(changedBy(before, later)).toMatchObject({
      names: [],
      subscription: { pause: { since: '2024-02-10', resumesOn: '2024-05-01' } },
    });
    expect(decide(before, run, facts())).toMatchObject({ kind: 'refused', from: 'paused', to: 'paused' });
  });

  it.each<[string, Subscription, RequestedCommand, RegExp]>([
    ['of a trial', trial(), freeze, /a trial cannot be paused/],
    ['of what is owed for', begun({}, { status: 'past_due' }), freeze, /pay what is owed/],
    ['of what has ended', begun({}, { status: 'cancelled' }), freeze, /it has ended/],
    ['of what is cancelled', begun({}, { cancelAt: END }), freeze, /reactivate/],
    ['until today', begun(), { ...freeze, resumesOn: '2024-02-10' }, /resumesOn must be after 2024-02-10/],
    ['that is none', begun(), { kind: 'resume' }, /not paused/],
    ['and another plan', paused(), { kind: 'changePlan', plan: big, when: 'now' }, /resume comes first/],
    ['and an activation', paused(), { kind: 'activate' }, /resume comes first/],
    [
      'whose period has no end',
      paused(),
      { kind: 'cancel', reason: 'x', when: 'period_end' },
      /stands still/,
    ],
  ])('%s is refused', (_what, subscription, command, message) => {
    const decision = decide(subscription, command, facts());
    expect(decision).toMatchObject({ kind: 'refused', message: expect.stringMatching(message) });
  });

  it('goes with its end', () => {
    const { subscription } = changedBy(paused(), { kind: 'cancel', reason: 'x', when: 'now' });
    expect(subscription).toMatchObject({ status: 'cancelled', pause: null, endDate: '2024-02-10' });
    const [, expired] = lived(paused(run, { autoRenew: false }), END);
    expect(expired).toMatchObject({ status: 'expired', pause: null });
  });

  it('of any length, any number of times, leaves as many days to use as were paid for', () => {
    const zone = timeZoneOf('America/St_Johns');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(40)), { minLength: 1, maxLength: 4 }), (breaks) => {
        let current = begun({ zone: 'America/St_Johns', now: '2024-01-31T12:00:00.000Z' });
        let day = '2024-01-31';
        const at = () => ({ now: startOfLocalDay(day, zone) });
        let used = 0;
        for (const [useDays, pauseDays] of breaks) {
          day = addDays(day, useDays);
          used += useDays;
          current = changedBy(current, freeze, at()).subscription;
          day = addDays(day, pauseDays);
          current = changedBy(current, { kind: 'resume' }, at()).subscription;
        }
        const left = (Date.parse(current.currentPeriod.to) - Date.parse(day)) / 86_400_000;
        expect(used + left).toBe(29);
      }),
    );
  });
});

describe('a quantity', () => {
  it('is changed now under a name of its own, and keeps the period', () => {
    const { subscription, events } = changedBy(begun(), {
      kind: 'changePlan',
      plan,
      quantity: 5,
      when: 'now',
    });
    expect(events).toMatchObject([
      {
        name: 'subscription.quantity_changed',
        data: { from: { quantity: 1 }, to: { planCode: 'team', quantity: 5 }, when: 'now' },
      },
    ]);
    expect(subscription).toMatchObject({
      quantity: 5,
      currentPeriod: { from: '2024-01-31', to: '2024-02-29' },
    });
  });

  it('waits for the end of the period, and stays when another plan is chosen', () => {
    const command = { kind: 'changePlan', plan, quantity: 5, when: 'period_end' } as const;
    const { subscription } = changedBy(begun(), command);
    expect(subscription).toMatchObject({ quantity: 1, scheduledChange: { kind: 'plan', quantity: 5 } });
    const scheduled = { kind: 'possible', plan } as const;
    const after = changedBy(subscription, { kind: 'renew' }, { now: END, scheduled });
    expect(after.names).toEqual(['quantity_changed', 'renewed']);
    expect(after.subscription.quantity).toBe(5);
    const other = changedBy(after.subscription, { kind: 'changePlan', plan: big, when: 'now' }, { now: END });
    expect(other.subscription).toMatchObject({ planCode: 'big', quantity: 5 });
  });
});

describe('what is owed', () => {
  const owe = { kind: 'markPastDue', reason: 'card declined' } as const;

  it('holds up renewals until it is paid, and then they come one after the other', () => {
    const { subscription, names } = changedBy(begun(), owe);
    expect(names).toEqual(['past_due']);
    expect(dueWorkOf(subscription)).toBeNull();
    expect(decide(subscription, owe, facts())).toEqual({ kind: 'unchanged' });
    const paid = changedBy(subscription, { kind: 'recover' }, { now: '2024-05-01T00:00:00.000Z' });
    expect(paid.names).toEqual(['recovered']);
    const periods = lived(paid.subscription, '2024-05-01T00:00:00.000Z').map(
      ({ currentPeriod }) => currentPeriod.from,
    );
    expect(periods).toEqual(['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30']);
  });

  it.each<SubscriptionStatus>(['trial', 'cancelled', 'expired'])(
    'is nothing for one that is %s',
    (status) => {
      expect(decide(begun({}, { status }), owe, facts())).toMatchObject({ from: status, to: 'past_due' });
    },
  );

  it.each<SubscriptionStatus>(['trial', 'cancelled', 'expired'])(
    'cannot be paid for one that is %s',
    (status) => {
      expect(decide(begun({}, { status }), { kind: 'recover' }, facts())).toMatchObject({ kind: 'refused' });
    },
  );
});

describe('what waits', () => {
  const requested = { requestedAt: NOW, requestedBy: 'usr-1' };
  const change = {
    kind: 'plan',
    planCode: 'big',
    planVersion: 3,
    billingCycle: 'monthly',
    quantity: 2,
    effective: 'period_end',
    ...requested,
  } as const;
  const both = begun({}, { cancelAt: END, cancelReason: 'too dear', scheduledChange: change });

  it('is told one by one, with when it takes effect', () => {
    expect(scheduledOf(both)).toEqual([
      { kind: 'cancellation', effectiveAt: END, details: { reason: 'too dear' } },
      {
        kind: 'plan',
        effectiveAt: END,
        details: expect.objectContaining({ planCode: 'big', quantity: 2 }),
      },
    ]);
    const until = paused({ ...freeze, resumesOn: '2024-03-10' }, { scheduledChange: change });
    expect(scheduledOf(until).map(({ kind, effectiveAt }) => [kind, effectiveAt])).toEqual([
      ['plan', null],
      ['resume', '2024-03-10T00:00:00.000Z'],
    ]);
    expect(scheduledOf({ ...both, status: 'expired' })).toEqual([]);
  });

  it('is taken back one by one', () => {
    const withoutPlan = changedBy(both, { kind: 'revoke', scheduled: 'plan' });
    expect(withoutPlan.names).toEqual(['reactivated']);
    expect(withoutPlan.subscription).toMatchObject({ cancelAt: END, scheduledChange: null });
    const withoutEnd = changedBy(both, { kind: 'revoke', scheduled: 'cancellation' });
    expect(withoutEnd.subscription).toMatchObject({ cancelAt: null, scheduledChange: change });
    const until = paused({ ...freeze, resumesOn: '2024-03-10' });
    expect(changedBy(until, { kind: 'revoke', scheduled: 'resume' }).subscription.pause).toMatchObject({
      resumesOn: null,
    });
    expect(decide(begun(), { kind: 'revoke', scheduled: 'plan' }, facts())).toEqual({ kind: 'unchanged' });
  });
});
