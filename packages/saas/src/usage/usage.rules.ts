import {
  type IncrementInput,
  type Item,
  type MeterEvent,
  type MeterRules,
  type MeterSettlement,
} from '@landlord/kernel';
import { parseQuantity, Quantity, tenantPk } from '@landlord/kernel/pure';
import { BUILT_IN_METERS, type Meter, meterOf } from './meter.js';

export const USAGE_TYPE = 'USAGE';
export const USAGE_PREFIX = 'USAGE#';

type Level = ReadonlyMap<string, Quantity>;

interface Month {
  readonly sk: string;
  /** What the month began with; null when its item is already there. */
  readonly initial: Level | null;
  readonly level: Map<string, Quantity>;
  /** When a gauge was last set in the month, epoch milliseconds by metric. */
  readonly setAtMs: Map<string, number>;
  readonly before: { readonly level: Level; readonly setAtMs: ReadonlyMap<string, number> };
}

/** The months of a tenant in order. Late events are few and recent, so looking starts at the end. */
class Months {
  readonly all: Month[];

  constructor(months: readonly Month[]) {
    this.all = months.toSorted((left, right) => (left.sk < right.sk ? -1 : 1));
  }

  /** The month, begun where the one before it ended if it is new. */
  of(sk: string): Month {
    const before = this.all.findLastIndex((month) => month.sk <= sk);
    const found = this.all[before];
    if (found?.sk === sk) return found;
    const initial = carriedLevel(found?.level);
    const month = {
      sk,
      initial,
      level: new Map(initial),
      setAtMs: new Map(),
      before: { level: initial, setAtMs: new Map() },
    };
    this.all.splice(before + 1, 0, month);
    return month;
  }

  /** The month and those after it, up to the first in which the gauge was set. */
  movedWith(month: Month, metric: string): Month[] {
    const later = this.all.slice(this.all.lastIndexOf(month) + 1);
    const firstSet = later.findIndex(({ setAtMs }) => setAtMs.has(metric));
    return [month, ...(firstSet === -1 ? later : later.slice(0, firstSet))];
  }
}

/**
 * How events change the months of a tenant.
 *
 * - A sum adds to the month of the event's own time.
 * - A gauge's delta moves the level of its month and of the months after it, up to the first in which the
 *   gauge was set: what was measured later already contains it.
 * - Setting a gauge moves the level to the value, in the same way. What happened before the latest setting
 *   in the month is superseded by it.
 * - No level goes below 0: such a delta is refused.
 */
export const USAGE_RULES: MeterRules = {
  pk: tenantPk,
  skPrefix: USAGE_PREFIX,
  settle: ({ items }, { tenantCode, events }): MeterSettlement => {
    const months = new Months(items.map(monthFromItem));
    for (const event of events) {
      const refusal = applyEvent(months, event);
      if (refusal !== null) return { status: 'refused', index: event.index, message: refusal };
    }
    const commands = months.all.flatMap((month) => commandFor(tenantCode, month) ?? []);
    return { status: 'settled', commands };
  },
};

/** The level a month starts from: gauges as the month before left them, sums at 0. */
export function carriedLevel(before: Level | undefined): Map<string, Quantity> {
  return new Map(
    BUILT_IN_METERS.map(({ metric, kind }) => [
      metric,
      (kind === 'gauge' ? before?.get(metric) : undefined) ?? Quantity.zero,
    ]),
  );
}

export function levelOfItem({ attributes }: Pick<Item, 'attributes'>): Map<string, Quantity> {
  return new Map(
    BUILT_IN_METERS.map(({ metric }) => {
      const value = attributes[metric];
      return [
        metric,
        typeof value === 'number' || typeof value === 'string' ? Quantity.of(value) : Quantity.zero,
      ];
    }),
  );
}

function monthFromItem(item: Item): Month {
  const level = levelOfItem(item);
  const stored = item.attributes.gaugeSetAtMs;
  const entries = typeof stored === 'object' && stored !== null ? Object.entries(stored) : [];
  const setAtMs = new Map(entries.map(([metric, at]) => [metric, Number(at)]));
  return {
    sk: item.sk,
    initial: null,
    level: new Map(level),
    setAtMs: new Map(setAtMs),
    before: { level, setAtMs },
  };
}

function applyEvent(months: Months, event: MeterEvent): string | null {
  const meter = meterOf(event.metric);
  if (!meter) return `there is no metric "${event.metric}"`;
  const month = months.of(event.periodSk);
  if (meter.kind === 'sum') {
    return moveTo(month, meter, currentOf(month, meter).add(Quantity.of(event.quantity)));
  }
  return applyGauge(months, month, meter, event);
}

function applyGauge(months: Months, month: Month, meter: Meter, event: MeterEvent): string | null {
  const atMs = Date.parse(event.at);
  if (atMs < (month.setAtMs.get(meter.metric) ?? Number.NEGATIVE_INFINITY)) return null;
  const quantity = Quantity.of(event.quantity);
  const delta = event.mode === 'set' ? quantity.subtract(currentOf(month, meter)) : quantity;
  const moved = months.movedWith(month, meter.metric);
  const below = moved.find((each) => currentOf(each, meter).add(delta).isNegative());
  if (below) {
    const current = currentOf(below, meter).toString();
    return `${meter.metric} is ${current} in ${below.sk.slice(USAGE_PREFIX.length)}; a change by ${delta.toString()} would take it below 0`;
  }
  for (const each of moved) {
    const refusal = moveTo(each, meter, currentOf(each, meter).add(delta));
    if (refusal !== null) return refusal;
  }
  if (event.mode === 'set') month.setAtMs.set(meter.metric, atMs);
  return null;
}

/** A level beyond what a quantity may be could be stored, but never read or changed again. */
function moveTo(month: Month, { metric }: Meter, level: Quantity): string | null {
  if (!parseQuantity(level.toString()).ok) return `${metric} would have more than 30 digits`;
  month.level.set(metric, level);
  return null;
}

function currentOf(month: Month, { metric }: Meter): Quantity {
  return month.level.get(metric) ?? Quantity.zero;
}

/** The difference between the month before and after, as one increment; null when there is none. */
function commandFor(tenantCode: string, month: Month): IncrementInput | null {
  const levels = [...month.level].map(([metric, after]) => ({
    path: [metric],
    by: after.subtract(month.before.level.get(metric) ?? Quantity.zero).toString(),
  }));
  const settings = [...month.setAtMs].map(([metric, after]) => ({
    path: ['gaugeSetAtMs', metric],
    by: String(after - (month.before.setAtMs.get(metric) ?? 0)),
  }));
  const increments = [...levels, ...settings].filter(({ by }) => by !== '0');
  if (increments.length === 0 && month.initial === null) return null;
  const key = { pk: tenantPk(tenantCode), sk: month.sk };
  return {
    ...key,
    increments,
    initial: initialUsage(tenantCode, month.sk, month.initial ?? carriedLevel(undefined)),
  };
}

/** The usage item of a month that begins. */
export function initialUsage(tenantCode: string, sk: string, level: Level) {
  const period = sk.slice(USAGE_PREFIX.length);
  const attributes = Object.fromEntries([...level].map(([metric, quantity]) => [metric, quantity.toJSON()]));
  return {
    tenantCode,
    type: USAGE_TYPE,
    code: period,
    name: `usage of ${period}`,
    attributes: { ...attributes, meters: {} },
  };
}
