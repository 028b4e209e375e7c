import { addDays, type Instant, Rational, roundHalfUp } from '@landlord/kernel/pure';
import {
  type BillingOptions,
  type ChargeExplanation,
  type ChargeLine,
  type GivenBack,
  type Grain,
} from './charge.js';
import { type PriceBook } from './price-book.js';
import { lengthOf, type Position, positionIn, prorated, startOf } from './proration.js';
import { type BillableState, type TimelineEntry } from './timeline.js';

/** An entry beside the state before it. */
export interface Turn {
  readonly before: BillableState | null;
  readonly entry: TimelineEntry;
  /** Whether another period begins, not only other terms in the same. */
  readonly isNewPeriod: boolean;
  /** When a pause that let periods go by was last over; null if there was none. */
  readonly resumedAt: Instant | null;
}

export interface BillingTerms {
  readonly options: BillingOptions;
  readonly priceOf: PriceBook;
  readonly givenBack: readonly GivenBack[];
}

/** Whether somebody pays for it. A frozen period stands still, paid. */
export function isPaidFor({ status, pause }: BillableState): boolean {
  return (status === 'active' || status === 'past_due') && pause?.mode !== 'run';
}

/** For the new period, or for what is left of the current one; null where there is nothing to charge. */
export function chargeOf(turn: Turn, { options, priceOf }: BillingTerms): ChargeLine | null {
  const { at, eventId, state } = turn.entry;
  const { currentPeriod, timezone, quantity, frozenDays } = state;
  const price = priceOf(state);
  const from = chargedFrom(turn);
  const isWhole = turn.isNewPeriod && from.date === currentPeriod.from;
  if (price.unitMinor === 0n || (options.proration === 'none' && !isWhole)) return null;
  const grain = grainOf(options);
  const end = startOf(currentPeriod.to, timezone);
  const paidTo = frozenDays === 0 ? end : startOf(addDays(currentPeriod.to, -frozenDays), timezone);
  const whole = lengthOf(grain, { from: startOf(currentPeriod.from, timezone), to: paidTo });
  const part = isWhole ? whole : Math.min(whole, lengthOf(grain, { from, to: end }));
  if (part === 0) return null;
  const exact = prorated(totalOf(price.unitMinor, quantity), { part, whole });
  return {
    id: `${eventId}:charge`,
    eventId,
    at,
    type: isWhole ? 'subscription' : 'proration',
    amountMinor: roundHalfUp(exact),
    currency: price.currency,
    quantity,
    unitPriceMinor: price.unitMinor,
    period: { from: from.date, to: currentPeriod.to },
    explain: { ...explained(turn.entry, grain), part, whole, exactMinor: exact.toString(), takenFrom: null },
  };
}

/** What is left of the period that `line` paid for; null where nothing is. */
export function creditOf(
  line: ChargeLine,
  turn: Turn,
  { options, givenBack }: BillingTerms,
): ChargeLine | null {
  const { before, entry } = turn;
  if (!before || options.proration === 'none') return null;
  if (options.onCancel === 'none' && hasEnded(entry.state)) return null;
  const from = creditedFrom(before, turn);
  const to = startOf(before.currentPeriod.to, before.timezone);
  const part = Math.min(line.explain.part, lengthOf(options.proration, { from, to }));
  if (part === 0) return null;
  const exact = prorated(totalOf(line.unitPriceMinor, line.quantity), { part, whole: line.explain.whole });
  const leftMinor = leftOf(line, entry.version, givenBack);
  return {
    ...line,
    id: `${entry.eventId}:credit:${line.id}`,
    eventId: entry.eventId,
    at: entry.at,
    type: 'credit',
    amountMinor: -smaller(roundHalfUp(exact), leftMinor),
    period: { from: from.date, to: to.date },
    explain: {
      ...line.explain,
      cause: entry.cause,
      part,
      exactMinor: exact.negate().toString(),
      takenFrom: { lineId: line.id, leftMinor },
    },
  };
}

/**
 * The day of a change belongs to the new terms. While frozen, no day passes. Periods that went by in a pause may begin
 * after it, when what was owed is paid; they are charged from its end on.
 */
function chargedFrom({ isNewPeriod, entry: { at, state }, resumedAt }: Turn): Position {
  const { currentPeriod, timezone, pause } = state;
  if (pause) return positionIn(currentPeriod, timezone, startOf(pause.since, timezone).instant);
  const from = positionIn(currentPeriod, timezone, resumedAt && resumedAt > at ? resumedAt : at);
  return isNewPeriod && from.date === currentPeriod.from ? startOf(from.date, timezone) : from;
}

/** Where another period begins, the one before ends, also if a part of that day had passed. */
function creditedFrom({ currentPeriod, timezone, pause }: BillableState, turn: Turn): Position {
  const { at, state } = turn.entry;
  const begins = turn.isNewPeriod && isPaidFor(state) ? state.currentPeriod.from : null;
  const date = pause?.since ?? begins;
  return positionIn(currentPeriod, timezone, date === null ? at : startOf(date, timezone).instant);
}

function explained({ cause, state }: TimelineEntry, grain: Grain) {
  const { planCode, planVersion, billingCycle, timezone } = state;
  const unit: ChargeExplanation['unit'] = grain === 'day' ? 'day' : 'millisecond';
  return { cause, planCode, planVersion, billingCycle, timezone, unit, rounding: 'half_up' as const };
}

/** Known by then: what is given back later takes nothing from a credit of before. */
function leftOf({ id, amountMinor }: ChargeLine, version: number, givenBack: readonly GivenBack[]): bigint {
  const ofLine = givenBack.filter((each) => each.lineId === id && each.afterVersion < version);
  const left = ofLine.reduce((rest, each) => rest - each.amountMinor, amountMinor);
  return left > 0n ? left : 0n;
}

function totalOf(unitMinor: bigint, quantity: number): Rational {
  return Rational.of(unitMinor * BigInt(quantity));
}

function hasEnded({ status }: BillableState): boolean {
  return status === 'cancelled' || status === 'expired';
}

function grainOf({ proration }: BillingOptions): Grain {
  return proration === 'none' ? 'day' : proration;
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
