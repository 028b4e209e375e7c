import {
  type MeterEffect,
  type MeterEvent,
  type MeterLimit,
  type MeterRequest,
  type MeterRules,
  type MeterSettlement,
  type MeterStanding,
} from '@landlord/kernel';
import { parseQuantity, Quantity, tenantPk } from '@landlord/kernel/pure';
import { meterOf } from './meter.js';
import { correctionCommand } from './usage.correction.item.js';
import { pooledName, USAGE_PREFIX } from './usage.level.js';
import { type Month, Months, ownOf, totalOf } from './usage.months.js';
import { standingUnder } from './usage.standing.js';

/** A request's events on their way into the months of the tenant and of those whose pool it uses. */
interface Settling {
  readonly own: Months;
  readonly pools: readonly Months[];
  readonly limits: readonly MeterLimit[] | null;
  readonly effects: MeterEffect[];
}

interface Move {
  readonly metric: string;
  readonly delta: Quantity;
  /** The months of a tenant that it changes. */
  readonly within: (months: Months) => readonly Month[];
  /** When a later month was set to a value that stays what it is; epoch milliseconds. */
  readonly endsAtMs: number | null;
}

type Refusal =
  | { readonly status: 'refused'; readonly message: string }
  | { readonly status: 'not_admitted'; readonly standing: MeterStanding };

/**
 * How events change the months of a tenant, and of those whose pool it uses.
 *
 * - A sum adds to the month of the event's own time.
 * - A gauge's delta moves the level of its month and of the months after it, up to the first in which the
 *   gauge was set: what was measured later already contains it.
 * - Setting a gauge moves the level to the value, in the same way. What happened before the latest setting
 *   in the month is superseded by it.
 * - No level goes below 0: such a delta is refused.
 * - What moves for the tenant moves alike in the pooled use of every tenant above it, up to the subscriber.
 * - An admission holds every limit, of the tenant's own cap up to the subscriber's plan, or takes nothing.
 *   Giving back is always admitted.
 */
export const USAGE_RULES: MeterRules = {
  pk: tenantPk,
  skPrefix: USAGE_PREFIX,
  settle: ({ items }, request, fresh): MeterSettlement => {
    const monthsOf = (code: string) =>
      new Months(
        code,
        items.filter(({ tenantCode, sk }) => tenantCode === code && sk.startsWith(USAGE_PREFIX)),
      );
    const settling: Settling = {
      own: monthsOf(request.tenantCode),
      pools: request.pooledWith.map(monthsOf),
      limits: request.admission,
      effects: [],
    };
    for (const event of fresh) {
      const refusal = applyEvent(settling, event);
      if (refusal) return { ...refusal, index: event.index };
    }
    const months = [settling.own, ...settling.pools].flatMap((each) => each.commands());
    const corrections = fresh
      .filter(({ mode }) => mode === 'correct')
      .map((event) => correctionCommand(request.tenantCode, event));
    const standings = standingsOf(settling, request.events);
    return {
      status: 'settled',
      commands: [...months, ...corrections],
      effects: settling.effects,
      standings,
    };
  },
};

function applyEvent(settling: Settling, event: MeterEvent): Refusal | null {
  const meter = meterOf(event.metric);
  if (!meter) return { status: 'refused', message: `there is no metric "${event.metric}"` };
  const move = meter.kind === 'sum' ? sumMove(event) : gaugeMove(settling, event);
  if (!move) {
    settling.effects.push(effectOf(event, Quantity.zero));
    return null;
  }
  const refusal =
    belowZero(settling.own, move) ?? notAdmitted(settling, move, event) ?? tooLarge(settling, move);
  if (refusal) return refusal;
  const { metric, delta, within } = move;
  for (const month of within(settling.own)) add(month, metric, delta);
  for (const month of settling.pools.flatMap(within)) add(month, pooledName(metric), delta);
  if (event.mode === 'set') settling.own.of(event.periodSk).setAtMs.set(metric, Date.parse(event.at));
  settling.effects.push(effectOf(event, delta), ...shiftOf(move));
  return null;
}

function effectOf({ metric, hour, mode }: MeterEvent, delta: Quantity): MeterEffect {
  return { metric, hour, dimensions: {}, quantity: delta.toString(), count: mode === 'correct' ? -1 : 1 };
}

/** What comes before a setting does not move the level that was measured: the setting changes it by as much less. */
function shiftOf({ metric, delta, endsAtMs }: Move): MeterEffect[] {
  if (endsAtMs === null || delta.isZero()) return [];
  const hour = new Date(endsAtMs).toISOString();
  return [{ metric, hour, dimensions: {}, quantity: delta.negate().toString(), count: 0 }];
}

function sumMove({ metric, quantity, periodSk }: MeterEvent): Move {
  return { metric, delta: Quantity.of(quantity), within: (months) => [months.of(periodSk)], endsAtMs: null };
}

/** Null when a later setting in the month supersedes the event. What is to be admitted happens now, whatever clocks say. */
function gaugeMove(
  { own, limits }: Settling,
  { metric, mode, at, quantity, periodSk }: MeterEvent,
): Move | null {
  const month = own.of(periodSk);
  const isSuperseded = Date.parse(at) < (month.setAtMs.get(metric) ?? Number.NEGATIVE_INFINITY);
  if (isSuperseded && limits === null) return null;
  const value = Quantity.of(quantity);
  const delta = mode === 'set' ? value.subtract(ownOf(month, metric)) : value;
  const range = own.gaugeRange(periodSk, metric);
  const endsAtMs = range.until === null ? null : (own.of(range.until).setAtMs.get(metric) ?? null);
  return { metric, delta, within: (months) => months.within(range), endsAtMs };
}

function belowZero(own: Months, { metric, delta, within }: Move): Refusal | null {
  if (!delta.isNegative()) return null;
  const below = within(own).find((month) => ownOf(month, metric).add(delta).isNegative());
  if (!below) return null;
  const period = below.sk.slice(USAGE_PREFIX.length);
  const message = `${metric} is ${ownOf(below, metric)} in ${period}; a change by ${delta} would take it below 0`;
  return { status: 'refused', message };
}

function notAdmitted(
  settling: Settling,
  { metric, delta, within }: Move,
  { periodSk }: MeterEvent,
): Refusal | null {
  if (settling.limits === null || delta.isNegative() || delta.isZero()) return null;
  for (const { tenantCode, limit } of enforced(settling.limits, metric)) {
    const isPassed = within(monthsOf(settling, tenantCode)).some(
      (month) => totalOf(month, metric).add(delta).compare(Quantity.of(limit)) > 0,
    );
    if (isPassed) return { status: 'not_admitted', standing: standingOf(settling, metric, periodSk) };
  }
  return null;
}

/** A level beyond what a quantity may be could be stored, but never read or changed again. */
function tooLarge({ own, pools }: Settling, { metric, delta, within }: Move): Refusal | null {
  const isReadable = (month: Month) => parseQuantity(totalOf(month, metric).add(delta).toString()).ok;
  return [own, ...pools].flatMap(within).every(isReadable)
    ? null
    : { status: 'refused', message: `${metric} would have more than 30 digits` };
}

function add({ level }: Month, name: string, delta: Quantity): void {
  level.set(name, (level.get(name) ?? Quantity.zero).add(delta));
}

function enforced(limits: readonly MeterLimit[], metric: string): MeterLimit[] {
  return limits.filter((limit) => limit.isEnforced && limit.metric === metric);
}

function monthsOf({ own, pools }: Settling, tenantCode: string): Months {
  const months = [own, ...pools].find((candidate) => candidate.tenantCode === tenantCode);
  if (!months) throw new Error(`a limit names ${tenantCode}, which the request does not touch`);
  return months;
}

function standingsOf(settling: Settling, events: MeterRequest['events']): MeterStanding[] {
  if (settling.limits === null) return [];
  const first = new Map(events.toReversed().map(({ metric, periodSk }) => [metric, periodSk]));
  return [...first].map(([metric, sk]) => standingOf(settling, metric, sk));
}

function standingOf(settling: Settling, metric: string, sk: string): MeterStanding {
  const total = (code: string) => totalOf(monthsOf(settling, code).at(sk), metric);
  const limits = (settling.limits ?? []).filter((limit) => limit.metric === metric);
  const { current, limit } = standingUnder(
    total(settling.own.tenantCode),
    limits.map((each) => Quantity.of(each.limit).subtract(total(each.tenantCode))),
  );
  return { metric, current: current.toString(), limit: limit?.toString() ?? null };
}
