import { Rational, startOfLocalDay } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAsExplained } from './charge.explained.fixture.js';
import { type BillingOptions, type ChargeLine, DEFAULT_BILLING } from './charge.js';
import { chargesOf, difference } from './charges.js';
import { eventsOfLife, type Life, lifeOf, PLANS } from './lifetime.fixture.js';
import { type BillableState, type TimelineEntry, timelineOf } from './timeline.js';

const DAY_MS = 86_400_000;
const numberOf = (date: string) => Date.parse(`${date}T00:00:00.000Z`) / DAY_MS;

const chargesFor = (
  timeline: readonly TimelineEntry[],
  options: Partial<BillingOptions> = {},
  until?: string,
) =>
  chargesOf({
    timeline,
    plans: PLANS,
    options: { ...DEFAULT_BILLING, ...options },
    ...(until === undefined ? {} : { until }),
  });
const timelineOfLife = (life: Life) => timelineOf(eventsOfLife(life));

/** Exact minor units, from the text of the explanation. */
function exactOf({ explain }: Pick<ChargeLine, 'explain'>): Rational {
  const [numerator = '', denominator = '1'] = explain.exactMinor.split('/');
  return Rational.fraction(BigInt(numerator), BigInt(denominator));
}
const totalOf = (lines: readonly ChargeLine[]) =>
  lines.reduce((sum, line) => sum.add(exactOf(line)), Rational.zero);

function priceOf({ planCode, planVersion, billingCycle, quantity }: BillableState): bigint {
  const plan = PLANS.find(({ code, version }) => code === planCode && version === planVersion);
  const price = billingCycle === 'monthly' ? plan?.monthlyPrice : plan?.yearlyPrice;
  return BigInt(price ?? Number.NaN) * BigInt(quantity);
}

const isBilled = ({ status, pause }: BillableState) =>
  (status === 'active' || status === 'past_due') && pause === null;

/**
 * Another way to the same sum: each day of the calendar by itself, priced by the last entry that says something of it.
 * What is left of a period that stands still at the end is paid.
 */
function dayByDay(timeline: readonly TimelineEntry[]): Rational {
  const first = timeline[0];
  if (!first) return Rational.zero;
  const start = numberOf(first.date);
  const end = Math.max(...timeline.map(({ state }) => numberOf(state.currentPeriod.to)));
  const days: (BillableState | null)[] = Array.from({ length: end - start }, () => null);
  const inPause = new Set<number>();
  for (const [index, { date, state }] of timeline.entries()) {
    days.fill(state, Math.max(0, numberOf(date) - start));
    if (state.pause?.mode !== 'run') continue;
    const over = timeline.slice(index).find((later) => later.state.pause === null);
    for (let day = numberOf(date); day < (over ? numberOf(over.date) : end); day += 1)
      inPause.add(day - start);
  }
  const counts = new Map<string, bigint>();
  const count = (state: BillableState, by: number) => {
    const { from, to } = state.currentPeriod;
    const key = `${priceOf(state)}/${numberOf(to) - numberOf(from) - state.frozenDays}`;
    counts.set(key, (counts.get(key) ?? 0n) + BigInt(by));
  };
  for (const [index, state] of days.entries()) {
    if (!state || !isBilled(state) || inPause.has(index)) continue;
    const { from, to } = state.currentPeriod;
    if (index >= numberOf(from) - start && index < numberOf(to) - start) count(state, 1);
  }
  const last = timeline.at(-1)?.state;
  if (last?.pause?.mode === 'freeze')
    count(last, numberOf(last.currentPeriod.to) - numberOf(last.pause.since));
  return [...counts].reduce((sum, [key, by]) => {
    const [price = '', whole = ''] = key.split('/');
    return sum.add(Rational.fraction(BigInt(price) * by, BigInt(whole)));
  }, Rational.zero);
}

/** Seldom by chance: a period begins after the pause in which it should have begun. */
const OWING_IN_A_PAUSE: Life = {
  zone: 'Asia/Tokyo',
  start: '2024-03-01T09:00:00.000Z',
  trialDays: 0,
  deeds: (['pauseRunning', 'owe', 'resume', 'recover', 'changeQuantity'] as const).map((what, index) => ({
    ...{ what, afterMs: (10 + index * 5) * DAY_MS, plan: 0, quantity: 3 },
    ...{ cycle: 'monthly', when: 'now', pauseDays: 0 },
  })),
};

it('nobody pays twice for a day, or gets one free: the lines are exactly the sum of the days', () => {
  fc.assert(
    fc.property(lifeOf(), (life) => {
      const timeline = timelineOfLife(life);
      expect(totalOf(chargesFor(timeline)).toString()).toBe(dayByDay(timeline).toString());
    }),
    { numRuns: 400, examples: [[OWING_IN_A_PAUSE]] },
  );
});

it('a credit never exceeds its line, each line is as it is explained, and each is itself', () => {
  fc.assert(
    fc.property(
      lifeOf(),
      fc.constantFrom('day' as const, 'second' as const, 'none' as const),
      fc.constantFrom('credit' as const, 'none' as const),
      (life, proration, onCancel) => {
        const lines = chargesFor(timelineOfLife(life), { proration, onCancel });
        expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
        expect(lines.filter((line) => !isAsExplained(line))).toEqual([]);
        for (const { id, amountMinor, period, type } of lines) {
          expect(period.from < period.to).toBe(true);
          const credits = lines.filter(({ explain }) => explain.takenFrom?.lineId === id);
          expect(credits.length).toBeLessThanOrEqual(1);
          const left = credits.reduce((sum, credit) => sum + credit.amountMinor, amountMinor);
          expect(left >= 0n || type === 'credit').toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
});

it('in one go, day by day, or again: the same lines', () => {
  fc.assert(
    fc.property(lifeOf(), (life) => {
      const timeline = timelineOfLife(life);
      const all = chargesFor(timeline);
      let billed: ChargeLine[] = [];
      const days = timeline.map(({ date, state }) => startOfLocalDay(date, state.timezone));
      for (const until of [...days, ...timeline.map(({ at }) => at)].toSorted()) {
        const should = chargesFor(timeline, {}, until);
        billed = [...billed, ...difference(should, billed)];
        expect(difference(should, billed)).toEqual([]);
      }
      expect(billed).toEqual(all);
    }),
    { numRuns: 40 },
  );
});

/** Without what counts in whole days: from the first instant of a period, each millisecond at the price of its entry. */
function byMillisecond(timeline: readonly TimelineEntry[]): Rational {
  const starts = timeline.map(({ at, state }, index) => {
    const before = timeline[index - 1]?.state;
    const begins = before?.status !== 'active' || before.currentPeriod.from !== state.currentPeriod.from;
    const from = Date.parse(startOfLocalDay(state.currentPeriod.from, state.timezone));
    return begins && before?.pause == null ? from : Date.parse(at);
  });
  return timeline.reduce((sum, { state }, index) => {
    if (!isBilled(state)) return sum;
    const bounds = [state.currentPeriod.from, state.currentPeriod.to] as const;
    const [from, to] = bounds.map((date) => Date.parse(startOfLocalDay(date, state.timezone)));
    const until = Math.min(starts[index + 1] ?? Number.POSITIVE_INFINITY, to ?? 0);
    const length = Math.max(0, until - (starts[index] ?? 0));
    const whole = BigInt((to ?? 0) - (from ?? 0));
    return sum.add(Rational.fraction(priceOf(state) * BigInt(length), whole));
  }, Rational.zero);
}

it('by the millisecond, the lines are exactly the sum of the time', () => {
  fc.assert(
    fc.property(lifeOf({ without: ['pauseFrozen', 'owe', 'changeCycle'] }), (life) => {
      const timeline = timelineOfLife(life);
      const lines = chargesFor(timeline, { proration: 'second' });
      expect(totalOf(lines).toString()).toBe(byMillisecond(timeline).toString());
    }),
    { numRuns: 200 },
  );
});
