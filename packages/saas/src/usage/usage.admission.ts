import { type MeterLimit, type MeterRequest, type MeterStanding } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { heldOf, type Months, ownOf, totalOf, usedOf } from './usage.months.js';
import { type Move, type MoveStep } from './usage.moves.js';
import { standingUnder } from './usage.standing.js';

/** A request's events on their way into the months of the tenant and of those whose pool it uses. */
export interface Settling {
  readonly own: Months;
  readonly pools: readonly Months[];
  readonly limits: readonly MeterLimit[] | null;
}

export interface NotAdmitted {
  readonly status: 'not_admitted';
  readonly standing: MeterStanding;
  readonly isHeld: boolean;
}

/** The first limit that a move would pass. What gives back, or changes nothing, passes none. */
export function notAdmitted(
  settling: Settling,
  { metric, steps, value }: Pick<Move, 'metric' | 'steps' | 'value'>,
  periodSk: string,
): NotAdmitted | null {
  const limits = (settling.limits ?? []).filter((limit) => limit.isEnforced && limit.metric === metric);
  const rising = steps.filter(({ delta }) => !delta.isNegative() && !delta.isZero());
  const own = ownOf(settling.own.at(periodSk), metric);
  const asked = value === null ? [] : [{ range: { only: periodSk }, delta: value.subtract(own) }];
  for (const { tenantCode, limit } of limits) {
    const months = monthsOf(settling, tenantCode);
    const passed = passedMonth(months, { metric, limit: Quantity.of(limit) }, [...rising, ...asked]);
    if (!passed) continue;
    const isHeld = !heldOf(passed, metric).isZero();
    return { status: 'not_admitted', standing: standingOf(settling, metric, periodSk), isHeld };
  }
  return null;
}

function passedMonth(
  months: Months,
  { metric, limit }: { metric: string; limit: Quantity },
  steps: readonly MoveStep[],
) {
  for (const { range, delta } of steps) {
    const passed = months.within(range).find((month) => totalOf(month, metric).add(delta).compare(limit) > 0);
    if (passed) return passed;
  }
  return null;
}

function monthsOf({ own, pools }: Settling, tenantCode: string): Months {
  const months = [own, ...pools].find((candidate) => candidate.tenantCode === tenantCode);
  if (!months) throw new Error(`a limit names ${tenantCode}, which the request does not touch`);
  return months;
}

/** For an admission: how the tenant stands in the metrics of the request. */
export function standingsOf(settling: Settling, { events, holds = [] }: MeterRequest): MeterStanding[] {
  if (settling.limits === null) return [];
  const first = new Map<string, string>();
  const note = (metric: string, periodSk: string) => first.has(metric) || first.set(metric, periodSk);
  for (const { metric, periodSk } of holds) note(metric, periodSk);
  for (const { periodSk, readings } of events) for (const { metric } of readings) note(metric, periodSk);
  return [...first].map(([metric, sk]) => standingOf(settling, metric, sk));
}

/** How the tenant stands in a month against the tightest of its limits. */
function standingOf(settling: Settling, metric: string, sk: string): MeterStanding {
  const limits = (settling.limits ?? []).filter((limit) => limit.metric === metric);
  const month = settling.own.at(sk);
  const used = usedOf(month, metric);
  const held = heldOf(month, metric);
  const { limit } = standingUnder(
    used.add(held),
    limits.map((each) =>
      Quantity.of(each.limit).subtract(totalOf(monthsOf(settling, each.tenantCode).at(sk), metric)),
    ),
  );
  return { metric, current: used.toString(), held: held.toString(), limit: limit?.toString() ?? null };
}
