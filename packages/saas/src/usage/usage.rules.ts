import {
  type MeterEvent,
  type MeterHold,
  type MeterReading,
  type MeterRequest,
  type MeterRules,
  type MeterSettlement,
  type MeterStanding,
} from '@landlord/kernel';
import { parseQuantity, Quantity, tenantPk } from '@landlord/kernel/pure';
import { type NotAdmitted, notAdmitted, type Settling, standingOf } from './usage.admission.js';
import { heldName, pooledHeldName, pooledName, USAGE_PREFIX } from './usage.level.js';
import { type Month, Months, ownOf, totalOf, valueOf } from './usage.months.js';
import { type Move, moveOf } from './usage.moves.js';
import { SeenValues } from './usage.seen.js';

type Refusal = { readonly status: 'refused'; readonly message: string } | NotAdmitted;
type Settlement = Settling & { readonly seen: SeenValues };

/**
 * How events change the months of a tenant, and of those whose pool it uses.
 *
 * - A delta moves the level of its month. Where the metric is carried it moves the months after it, too, up to the
 *   first in which a gauge was set: what was measured later already contains it.
 * - Setting a gauge moves the level to the value, in the same way. What happened before the latest setting
 *   in the month is superseded by it. The newest value (`latest`) is a setting that nothing moves.
 * - A maximum rises to the value, in its month or, carried, in every month from there on that is below it.
 * - A value seen for the first time adds 1: in its month, or, carried, from there up to the month that had it.
 * - No level goes below 0: such a delta is refused.
 * - What moves for the tenant moves alike in the pooled use of every tenant above it, up to the subscriber.
 * - An admission holds every limit, of the tenant's own cap up to the subscriber's plan, or takes nothing. What is
 *   held counts as used. Giving back is always admitted.
 */
export const USAGE_RULES: MeterRules = {
  pk: tenantPk,
  skPrefix: USAGE_PREFIX,
  settle: ({ items, sightings }, request, fresh): MeterSettlement => {
    const monthsOf = (code: string) => {
      const its = items.filter(({ tenantCode }) => tenantCode === code);
      return new Months(code, its, request.carried);
    };
    const own = monthsOf(request.tenantCode);
    const pools = request.pooledWith.map(monthsOf);
    const settling = { own, pools, limits: request.admission, seen: new SeenValues(sightings) };
    const refusal = applyHolds(settling, request.holds ?? []) ?? applyEvents(settling, fresh);
    if (refusal) return refusal;
    return {
      status: 'settled',
      commands: [own, ...pools].flatMap((months) => months.commands()),
      sightings: settling.seen.added,
      standings: standingsOf(settling, request),
    };
  },
};

function applyHolds(
  settling: Settling,
  holds: readonly MeterHold[],
): (Refusal & { index: number }) | null {
  for (const [index, hold] of holds.entries()) {
    const refusal = applyHold(settling, hold);
    if (refusal) return { ...refusal, index };
  }
  return null;
}

/** What is no longer held leaves room; an import may know of more than is there, so it ends at 0. */
function applyHold(settling: Settling, { metric, periodSk, quantity }: MeterHold): Refusal | null {
  const delta = Quantity.of(quantity);
  const range = settling.own.rangeOf(periodSk, metric);
  const move = { metric, steps: [{ range, delta }], value: null };
  const refusal = notAdmitted(settling, move, periodSk) ?? tooLarge(settling, move);
  if (refusal) return refusal;
  const hold = (name: string) => (month: Month) => {
    const after = valueOf(month.level, name).add(delta);
    month.level.set(name, after.isNegative() ? Quantity.zero : after);
  };
  settling.own.within(range).forEach(hold(heldName(metric)));
  for (const pool of settling.pools) pool.within(range).forEach(hold(pooledHeldName(metric)));
  return null;
}

function applyEvents(
  settling: Settlement,
  fresh: readonly (MeterEvent & { index: number })[],
): (Refusal & { index: number }) | null {
  for (const event of fresh) {
    for (const reading of event.readings) {
      const refusal = applyReading(settling, event, reading);
      if (refusal) return { ...refusal, index: event.index };
    }
  }
  return null;
}

function applyReading(settling: Settlement, event: MeterEvent, reading: MeterReading): Refusal | null {
  const { own, pools, limits, seen } = settling;
  const move = moveOf({ own, isNow: limits !== null, seen }, event, reading);
  if (!move) return null;
  const refusal =
    belowZero(own, move) ?? notAdmitted(settling, move, event.periodSk) ?? tooLarge(settling, move);
  if (refusal) return refusal;
  const { metric, steps, setAtMs, sighting } = move;
  for (const { range, delta } of steps) {
    for (const month of own.within(range)) add(month, metric, delta);
    for (const month of pools.flatMap((pool) => pool.within(range))) add(month, pooledName(metric), delta);
  }
  if (setAtMs !== null) own.of(event.periodSk).setAtMs.set(metric, setAtMs);
  if (sighting) seen.add(sighting);
  return null;
}

function belowZero(own: Months, { metric, steps }: Move): Refusal | null {
  for (const { range, delta } of steps) {
    if (!delta.isNegative()) continue;
    const below = own.within(range).find((month) => ownOf(month, metric).add(delta).isNegative());
    if (!below) continue;
    const period = below.sk.slice(USAGE_PREFIX.length);
    const message = `${metric} is ${ownOf(below, metric)} in ${period}; a change by ${delta} would take it below 0`;
    return { status: 'refused', message };
  }
  return null;
}

/** A level beyond what a quantity may be could be stored, but never read or changed again. */
function tooLarge({ own, pools }: Settling, { metric, steps }: Pick<Move, 'metric' | 'steps'>): Refusal | null {
  for (const { range, delta } of steps) {
    const isReadable = (month: Month) => parseQuantity(totalOf(month, metric).add(delta).toString()).ok;
    if (![own, ...pools].flatMap((months) => months.within(range)).every(isReadable))
      return { status: 'refused', message: `${metric} would have more than 30 digits` };
  }
  return null;
}

function add({ level }: Month, name: string, delta: Quantity): void {
  level.set(name, valueOf(level, name).add(delta));
}

function standingsOf(settling: Settling, { events, holds = [] }: MeterRequest): MeterStanding[] {
  if (settling.limits === null) return [];
  const read = events.flatMap(({ periodSk, readings }) =>
    readings.map(({ metric }) => [metric, periodSk] as const),
  );
  const held = holds.map(({ metric, periodSk }) => [metric, periodSk] as const);
  const first = new Map([...read, ...held].toReversed());
  return [...first].map(([metric, sk]) => standingOf(settling, metric, sk));
}
