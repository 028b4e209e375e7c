import {
  type Item,
  type MeterBook,
  type MeterEffect,
  type MeterEntry,
  type MeterEvent,
  type MeterHold,
  type MeterReading,
  type MeterRequest,
  type MeterSettlement,
  type MeterState,
} from '@landlord/kernel';
import { parseQuantity, Quantity } from '@landlord/kernel/pure';
import { type NotAdmitted, notAdmitted, type Settling, standingsOf } from './usage.admission.js';
import { effectsOf, idleEffect } from './usage.effects.js';
import { heldName, pooledHeldName, pooledName, USAGE_PREFIX } from './usage.level.js';
import { type Month, Months, ownOf, quantityAt, totalOf } from './usage.months.js';
import { type Move, moveOf } from './usage.moves.js';
import { SeenValues } from './usage.seen.js';

type Refusal = { readonly status: 'refused'; readonly message: string } | NotAdmitted;
type Refused = Refusal & { readonly index: number };

/** The usage of the tenants of a group of requests while it is settled. */
export class UsageBook implements MeterBook {
  private readonly tenants = new Map<string, Months>();
  private readonly seen: SeenValues;

  constructor({ items, sightings }: MeterState) {
    this.seen = new SeenValues(sightings);
    const byTenant = new Map<string, Item[]>();
    for (const item of items) byTenant.set(item.tenantCode, [...(byTenant.get(item.tenantCode) ?? []), item]);
    for (const [code, months] of byTenant) this.tenants.set(code, new Months(code, months));
  }

  settle(request: MeterRequest, fresh: readonly (MeterEvent & { index: number })[]): MeterSettlement {
    const own = this.monthsOf(request.tenantCode);
    const pools = request.pooledWith.map((code) => this.monthsOf(code));
    const touched = [own, ...pools];
    for (const months of touched) months.carried = request.carried;
    const settling = { own, pools, limits: request.admission };
    const effects: MeterEffect[] = [];
    const refusal =
      applyHolds(settling, request.holds ?? []) ?? applyEvents(settling, { seen: this.seen, effects }, fresh);
    if (refusal) {
      for (const months of touched) months.drop();
      this.seen.drop();
      return refusal;
    }
    for (const months of touched) months.keep(request.origin);
    const standings = standingsOf(settling, request);
    return { status: 'settled', effects, sightings: this.seen.keep(), standings };
  }

  entries(): MeterEntry[] {
    return [...this.tenants.values()].flatMap((months) => months.entries());
  }

  private monthsOf(tenantCode: string): Months {
    const known = this.tenants.get(tenantCode) ?? new Months(tenantCode, []);
    this.tenants.set(tenantCode, known);
    return known;
  }
}

function applyHolds(settling: Settling, holds: readonly MeterHold[]): Refused | null {
  for (const [index, hold] of holds.entries()) {
    const refusal = applyHold(settling, hold);
    if (refusal) return { ...refusal, index };
  }
  return null;
}

function applyHold(settling: Settling, { metric, periodSk, quantity }: MeterHold): Refusal | null {
  const { own, pools } = settling;
  const delta = Quantity.of(quantity);
  const range = own.rangeOf(periodSk, metric);
  const move = { metric, steps: [{ range, delta }], value: null };
  const refusal = notAdmitted(settling, move, periodSk) ?? tooLarge(settling, move);
  if (refusal) return refusal;
  for (const month of own.within(range)) hold(own, month, { name: heldName(metric), delta });
  for (const pool of pools)
    for (const month of pool.within(range)) hold(pool, month, { name: pooledHeldName(metric), delta });
  return null;
}

/** An import may tell of more than is held here: below 0 it would make room that there is not. */
function hold(months: Months, month: Month, { name, delta }: { name: string; delta: Quantity }): void {
  const held = quantityAt(month.level, name);
  months.add(month, name, held.add(delta).isNegative() ? held.negate() : delta);
}

/** What is noted beside levels. */
interface Notes {
  readonly seen: SeenValues;
  readonly effects: MeterEffect[];
}

function applyEvents(
  settling: Settling,
  notes: Notes,
  fresh: readonly (MeterEvent & { index: number })[],
): Refused | null {
  for (const event of fresh) {
    for (const reading of event.readings) {
      const refusal = applyReading(settling, notes, { event, reading });
      if (refusal) return { ...refusal, index: event.index };
    }
  }
  return null;
}

function applyReading(
  settling: Settling,
  { seen, effects }: Notes,
  { event, reading }: { event: MeterEvent; reading: MeterReading },
): Refusal | null {
  const { own, pools, limits } = settling;
  const move = moveOf({ own, isNow: limits !== null, seen }, event, reading);
  if (!move) {
    effects.push(idleEffect({ event, reading }));
    return null;
  }
  const refusal =
    belowZero(own, move) ?? notAdmitted(settling, move, event.periodSk) ?? tooLarge(settling, move);
  if (refusal) return refusal;
  const { metric, steps, setAtMs, sighting } = move;
  for (const { range, delta } of steps) {
    for (const month of own.within(range)) own.add(month, metric, delta);
    for (const pool of pools)
      for (const month of pool.within(range)) pool.add(month, pooledName(metric), delta);
  }
  effects.push(...effectsOf(own, { event, reading }, move));
  if (setAtMs !== null) own.noteSetting(own.of(event.periodSk), metric, setAtMs);
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
function tooLarge(
  { own, pools }: Settling,
  { metric, steps }: Pick<Move, 'metric' | 'steps'>,
): Refusal | null {
  for (const { range, delta } of steps) {
    const isReadable = (month: Month) => parseQuantity(totalOf(month, metric).add(delta).toString()).ok;
    if (![own, ...pools].flatMap((months) => months.within(range)).every(isReadable))
      return { status: 'refused', message: `${metric} would have more than 30 digits` };
  }
  return null;
}
