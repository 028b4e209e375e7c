import { type MeterEffect, type MeterEvent, type MeterReading } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { USAGE_PREFIX } from './usage.level.js';
import { type Month, type Months } from './usage.months.js';
import { type Move } from './usage.moves.js';

interface Cause {
  readonly event: MeterEvent;
  readonly reading: MeterReading;
}

/** An event that changes nothing is counted all the same: what is known already says more. */
export function idleEffect({ event, reading }: Cause): MeterEffect {
  return effectOf({ event, reading }, Quantity.zero);
}

/**
 * What a move adds to hours, so that the hours of a month add up to what the month changed by. Where it is carried into a
 * later month, but that does not move with it, or moves by another amount, that month changes by the difference: a level of
 * 5 in January and set to 7 in February, and 1 more in January: +1 there, -1 in the hour of the setting.
 */
export function effectsOf(own: Months, cause: Cause, move: Move): MeterEffect[] {
  if (own.carried.has(move.metric)) return carriedEffects(own, cause, move);
  const inOwn = move.steps.reduce((sum, { delta }) => sum.add(delta), Quantity.zero);
  return [effectOf(cause, inOwn)];
}

function carriedEffects(own: Months, cause: Cause, { metric, steps }: Move): MeterEffect[] {
  const { event, reading } = cause;
  const moved = new Map<string, Quantity>();
  for (const { range, delta } of steps)
    for (const { sk } of own.within(range)) moved.set(sk, (moved.get(sk) ?? Quantity.zero).add(delta));
  const inOwn = moved.get(event.periodSk) ?? Quantity.zero;
  const effects = [effectOf(cause, inOwn)];
  let before = inOwn;
  for (const month of own.all.filter(({ sk }) => sk > event.periodSk)) {
    const now = moved.get(month.sk) ?? Quantity.zero;
    const change = now.subtract(before);
    before = now;
    if (change.isZero()) continue;
    const hour = hourWithin(month, metric);
    effects.push({ metric, hour, dimensions: reading.dimensions, quantity: change.toString(), count: 0 });
  }
  return effects;
}

function effectOf({ event, reading }: Cause, delta: Quantity): MeterEffect {
  const { metric, dimensions } = reading;
  const count = event.mode === 'correct' ? -1 : 1;
  return { metric, hour: event.hour, dimensions, quantity: delta.toString(), count };
}

/** When it was set, or, where nobody knows when it was, in the middle. */
function hourWithin({ sk, setAtMs }: Month, metric: string): string {
  const atMs = setAtMs.get(metric) ?? Date.parse(`${sk.slice(USAGE_PREFIX.length)}-15T00:00:00.000Z`);
  return new Date(atMs).toISOString();
}
