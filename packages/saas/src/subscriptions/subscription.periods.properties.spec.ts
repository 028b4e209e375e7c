import {
  type Instant,
  type LocalDate,
  localDateOf,
  periodByIndex,
  startOfLocalDay,
  timeZoneOf,
} from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  anyCycle,
  anyStart,
  anyZone,
  dayAfter,
  daysFrom,
  edgeOf,
  indexOf,
  later,
  wallDateOf,
} from './subscription.calendar.fixture.js';
import { dueWorkOf } from './subscription.due.js';
import { begun } from './subscription.fixture.js';
import { isLive, type PauseMode, type Subscription } from './subscription.js';
import { big, facts, plan } from './subscription.lifecycle.fixture.js';
import { decide, type LifecycleCommand, type RequestedCommand } from './subscription.lifecycle.js';

const LIFETIME_YEARS = 50;
/** On a machine that has much else to do. */
const TIMEOUT_MS = 30_000;
const DAY_MS = 86_400_000;
/** At most that long a wall shows the day before once more, where clocks go back across midnight. */
const REPEATED_MS = 3_600_000;
const PAID = { paymentMethodId: 'pm_1' };

function changedBy(before: Subscription, command: LifecycleCommand, now: Instant): Subscription {
  const scheduled = { kind: 'possible', plan: big } as const;
  const decision = decide(before, command, facts({ now, scheduled }));
  if (decision.kind === 'refused' && isRequested(command)) return before;
  if (decision.kind === 'refused') return expect.fail(decision.message);
  return decision.kind === 'changed' ? decision.subscription : before;
}

const REQUESTS = new Set([
  ...['activate', 'changePlan', 'cancel', 'reactivate', 'setAutoRenew', 'pause', 'resume'],
]);

function isRequested({ kind }: LifecycleCommand): boolean {
  return REQUESTS.has(kind);
}

/** What falls due next: refused a millisecond before, done at its instant, a day of the calendar beginning. */
function nextOf(before: Subscription): { readonly after: Subscription; readonly at: Instant } {
  const work = dueWorkOf(before);
  if (!work) return expect.fail(`nothing is due of one that is ${before.status}`);
  const { at, command } = work;
  const early = decide(before, command, facts({ now: later(at, -1) }));
  if (early.kind !== 'refused') expect.fail(`${command.kind} was done before ${at}`);
  expectToday(before, later(at, -1));
  const after = changedBy(before, command, at);
  const noticed = command.kind === 'noticeTrialEnd' ? command.daysLeft : 0;
  const day = command.kind === 'endPause' ? before.pause?.resumesOn : null;
  expectBeginningOf(day ?? dayAfter(before.currentPeriod.to, -noticed), { at, zone: before.timezone });
  // A pause may end as its period does: then that is still to come.
  const isDone = isLive(after) && dueWorkOf(after)?.at !== at;
  if (isDone) for (const ms of [0, 1]) expectToday(after, later(at, ms));
  return { after, at };
}

/** `at` is the first instant of the day; of one that was left out, of the next. */
function expectBeginningOf(day: LocalDate, { at, zone }: { at: Instant; zone: string }): void {
  const [before, then] = [wallDateOf(later(at, -1), zone), wallDateOf(at, zone)];
  const isLeftOut = then === dayAfter(day, 1) && before === dayAfter(day, -1);
  if (!isLeftOut && (then !== day || before >= day))
    expect.fail(`${day} in ${zone} does not begin at ${at}: ${before}, then ${then}`);
}

/** A period that stands still is as it was when that began. */
function expectToday({ currentPeriod: { from, to }, timezone, pause }: Subscription, instant: Instant): void {
  const now = pause?.mode === 'freeze' ? startOfLocalDay(pause.since, timezone) : instant;
  const today = localDateOf(now, timezone);
  const wall = wallDateOf(now, timezone);
  if (from > today || today >= to || wall >= to) expect.fail(`${now} is ${today}, not in ${from} to ${to}`);
  if (wall < from && now >= later(startOfLocalDay(from, timezone), REPEATED_MS))
    expect.fail(`${now} is ${wall}, before ${from}`);
}

/** It is one of those counted from its anchor, by the rules and by a second opinion; or a longer one up to there. */
function expectOwnPeriod({
  anchor,
  billingCycle,
  currentPeriod: { from, to },
  frozenDays,
}: Subscription): void {
  if (frozenDays > 0) {
    expect(anchor).toBe(to);
    return;
  }
  const index = indexOf(anchor, billingCycle, from);
  const [begins, ends] = [index, index + 1].map((each) => edgeOf(anchor, billingCycle, each));
  if (index < 0 || from !== begins || to !== ends)
    expect.fail(`${from} to ${to} is not ${begins} to ${ends}, ${index} from ${anchor}, ${billingCycle}`);
  expect(periodByIndex(anchor, billingCycle, index)).toEqual({ from, to });
}

it(
  'periods tile 50 years from the anchor, each beginning as its local day does',
  () => {
    const trial = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 }));
    fc.assert(
      fc.property(anyZone, anyCycle, anyStart, trial, (zone, billingCycle, now, trialDays) => {
        const anchor = dayAfter(localDateOf(now, timeZoneOf(zone)), trialDays);
        let state = begun({ zone, billingCycle, now, trialDays }, PAID);
        expectToday(state, now);
        const count = billingCycle === 'yearly' ? LIFETIME_YEARS : LIFETIME_YEARS * 12;
        for (let index = trialDays === 0 ? 1 : 0; index < count; ) {
          const { after } = nextOf(state);
          if (after.status === 'active') {
            const period = { from: state.currentPeriod.to, to: edgeOf(anchor, billingCycle, index + 1) };
            expect(after).toMatchObject({ anchor, currentPeriod: period });
            expectOwnPeriod(after);
            index += 1;
          }
          state = after;
        }
      }),
      { numRuns: 25 },
    );
  },
  TIMEOUT_MS,
);

it('a trial of n days ends as the day n days later begins, whatever the clocks did', () => {
  fc.assert(
    fc.property(anyZone, anyStart, fc.integer({ min: 1, max: 90 }), (zone, now, trialDays) => {
      const { startDate, currentPeriod, trialEndsAt } = begun({ zone, now, trialDays });
      const to = dayAfter(startDate, trialDays);
      expect(currentPeriod).toEqual({ from: localDateOf(now, timeZoneOf(zone)), to });
      expectBeginningOf(to, { at: trialEndsAt ?? '', zone });
    }),
    { numRuns: 1_000 },
  );
});

it.each([
  ['Pacific/Apia', '2011-11-30', '2011-12-30', 'a day that there was not', '2011-12-30T10:00:00.000Z'],
  ['America/Sao_Paulo', '2018-10-04', '2018-11-04', 'a day without its midnight', '2018-11-04T03:00:00.000Z'],
  [
    'America/Havana',
    '2024-10-03',
    '2024-11-03',
    'a midnight that there is twice',
    '2024-11-03T04:00:00.000Z',
  ],
  ['America/St_Johns', '2009-10-01', '2009-11-01', 'an evening that comes back', '2009-11-01T02:30:00.000Z'],
])('in %s a month from %s is over on %s, %s', (zone, anchor, to, _what, at) => {
  const state = begun({ zone, now: `${anchor}T16:00:00.000Z` });
  expect(state.currentPeriod).toEqual({ from: anchor, to });
  expect(dueWorkOf(state)?.at).toBe(at);
  const { after } = nextOf(state);
  // Half an hour later, when in St. John's it is half past eleven of the evening before again.
  expectToday(after, later(at, REPEATED_MS / 2));
});

const plans = fc.constantFrom(plan, big);
const when = fc.constantFrom('now' as const, 'period_end' as const);
const changePlan = fc.record({
  kind: fc.constant('changePlan' as const),
  plan: plans,
  billingCycle: anyCycle,
  when,
});
type Request =
  | RequestedCommand
  | { readonly kind: 'pauseFor'; readonly mode: PauseMode; readonly days: number };
const request: fc.Arbitrary<Request> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pauseFor' as const),
      mode: fc.constantFrom('freeze' as const, 'run' as const),
      days: fc.integer({ min: 0, max: 70 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'resume' as const }) },
  { weight: 8, arbitrary: changePlan },
  { weight: 4, arbitrary: fc.constant({ kind: 'reactivate' as const }) },
  {
    weight: 3,
    arbitrary: fc.constant({ kind: 'cancel' as const, reason: 'x', when: 'period_end' as const }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const, reason: 'x', when: 'now' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('activate' as const), billingCycle: anyCycle }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('setAutoRenew' as const), autoRenew: fc.boolean() }),
  },
);

/** No days are until somebody resumes it. */
function commandOf(asked: Request, { timezone }: Subscription, now: Instant): RequestedCommand {
  if (asked.kind !== 'pauseFor') return asked;
  const { mode, days } = asked;
  const resumesOn = days === 0 ? null : dayAfter(localDateOf(now, timezone), days);
  return { kind: 'pause', mode, resumesOn, reason: null };
}

/** Some time later, or around the next edge. */
const pause = fc.oneof(
  fc.record({ ms: fc.integer({ min: 0, max: 2 * DAY_MS }) }),
  fc.record({ ms: fc.integer({ min: 0, max: 1_500 * DAY_MS }) }),
  fc.record({ fromEdge: fc.integer({ min: -1, max: 1 }) }),
);
const life = fc.array(fc.tuple(pause, request), { minLength: 1, maxLength: 60 });

/** All that falls due by `now`, each step of it seamless. */
function caughtUp(subscription: Subscription, now: Instant): Subscription {
  let state = subscription;
  for (let at = dueWorkOf(state)?.at; at !== undefined && at <= now; at = dueWorkOf(state)?.at) {
    const { after } = nextOf(state);
    expectSeam(state, after);
    state = after;
  }
  return state;
}

/** What time brings leaves the period as it is, or begins the next where it ends, or ends the subscription there. */
function expectSeam(before: Subscription, after: Subscription): void {
  const { from, to } = before.currentPeriod;
  if (!isLive(after)) expect(after).toMatchObject({ endDate: to, currentPeriod: { from, to } });
  else if (after.trialNotice !== before.trialNotice) expect(after.currentPeriod).toEqual({ from, to });
  else if (before.pause && !after.pause) expectResumed(before, after, before.pause.resumesOn ?? '');
  else expect(after.currentPeriod.from).toBe(to);
  if (after.status !== 'active') return;
  expectOwnPeriod(after);
  if (before.status !== 'active' || after.anchor === before.anchor || after.frozenDays > 0) return;
  const index = indexOf(before.anchor, after.billingCycle, to);
  expect(after.billingCycle).not.toBe(before.billingCycle);
  expect(after.anchor).toBe(to);
  expect(edgeOf(before.anchor, after.billingCycle, Math.floor(index))).not.toBe(to);
}

/** Longer by the days that stood still, which is none where periods went by. */
function expectResumed(before: Subscription, after: Subscription, day: LocalDate): void {
  const { from, to } = before.currentPeriod;
  const { mode, since } = before.pause ?? { mode: 'run', since: day };
  const isLeftOut = localDateOf(startOfLocalDay(day, before.timezone), before.timezone) > day;
  const days = mode === 'run' ? 0 : daysFrom(since, isLeftOut ? dayAfter(day, 1) : day);
  expect(after.currentPeriod).toEqual({ from, to: dayAfter(to, days) });
  expect(after.frozenDays).toBe(before.frozenDays + days);
  expect(after.anchor).toBe(days === 0 ? before.anchor : dayAfter(to, days));
}

/** What somebody asks for leaves the period as it is, or begins another today, or ends the subscription today. */
function expectCut(before: Subscription, after: Subscription, now: Instant): void {
  const { from, to } = before.currentPeriod;
  const today = localDateOf(now, before.timezone);
  expect(from <= today && (today < to || before.pause?.mode === 'freeze')).toBe(true);
  if (!isLive(after)) expect(after.endDate).toBe(today);
  if (isLive(after) && before.pause && !after.pause) {
    expectResumed(before, after, today);
    return;
  }
  const isSame = after.anchor === before.anchor && after.currentPeriod.to === to;
  if (!isSame) expect([after.anchor, after.currentPeriod.from]).toEqual([today, today]);
  if (isSame) expect(after.currentPeriod.from).toBe(from);
  if (after.status === 'trial') expect(isSame).toBe(true);
  if (after.status === 'active') expectOwnPeriod(after);
}

it(
  'whatever is asked for and when, no day is covered twice or left out, and today is in the period',
  () => {
    const trial = fc.constantFrom(0, 1, 14, 45);
    const kinds = new Set<string>();
    fc.assert(
      fc.property(anyZone, anyCycle, anyStart, trial, life, (zone, billingCycle, start, trialDays, steps) => {
        let now = start;
        let state = begun({ zone, billingCycle, now, trialDays }, PAID);
        for (const [gap, asked] of steps) {
          now = 'ms' in gap ? later(now, gap.ms) : edgeInstant(state, gap.fromEdge, now);
          state = caughtUp(state, now);
          if (!isLive(state) || now > later(start, LIFETIME_YEARS * 366 * DAY_MS)) break;
          expectToday(state, now);
          const command = commandOf(asked, state, now);
          const after = changedBy(state, command, now);
          expectCut(state, after, now);
          if (isLive(after)) expectToday(after, now);
          kinds.add(`${command.kind} ${after !== state}`);
          state = after;
        }
      }),
      { numRuns: 250 },
    );
    expect([...kinds]).toEqual(expect.arrayContaining(['changePlan true', 'pause true', 'resume true']));
  },
  TIMEOUT_MS,
);

function edgeInstant(state: Subscription, offset: number, now: Instant): Instant {
  const at = dueWorkOf(state)?.at ?? now;
  const instant = later(at, offset);
  return instant > now ? instant : now;
}
