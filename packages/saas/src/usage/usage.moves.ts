import { type MeterEvent, type MeterReading, type MeterSighting } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { type MonthRange, type Months, ownOf } from './usage.months.js';
import { type SeenValues } from './usage.seen.js';

/** By how much a metric moves in the months of a range. */
export interface MoveStep {
  readonly range: MonthRange;
  readonly delta: Quantity;
}

/** What a reading does to the months of a tenant, and alike to those of the pools it is in. */
export interface Move {
  readonly metric: string;
  readonly steps: readonly MoveStep[];
  /** Has to fit a limit by itself, not only by what it adds; null where only that counts. */
  readonly value: Quantity | null;
  /** It happened at this instant and stands until a newer one. */
  readonly setAtMs: number | null;
  readonly sighting: MeterSighting | null;
}

interface Setting {
  readonly own: Months;
  /** It happens now, whatever clocks say: nothing newer supersedes it. */
  readonly isNow: boolean;
  readonly seen: SeenValues;
}

/** Null when what is known already says more. */
export function moveOf(setting: Setting, event: MeterEvent, reading: MeterReading): Move | null {
  switch (reading.mode) {
    case 'add':
    case 'set':
    case 'latest':
      return settableMove(setting, event, reading);
    case 'max':
      return highestMove(setting.own, event, reading);
    case 'unique':
      return uniqueMove(setting, event, reading);
  }
}

const PLAIN = { value: null, setAtMs: null, sighting: null };

/** What was set later in its month supersedes it; what was set in a later month ends how far it reaches. */
function settableMove(
  { own, isNow }: Setting,
  { at, periodSk }: MeterEvent,
  { metric, mode, quantity }: MeterReading,
): Move | null {
  const month = own.of(periodSk);
  const atMs = Date.parse(at);
  if (atMs < (month.setAtMs.get(metric) ?? Number.NEGATIVE_INFINITY) && !isNow) return null;
  const value = Quantity.of(quantity);
  const range = own.settableRange(periodSk, metric);
  if (mode === 'add') return { ...PLAIN, metric, steps: [{ range, delta: value }] };
  const steps = [{ range, delta: value.subtract(ownOf(month, metric)) }];
  return { ...PLAIN, metric, steps, value: mode === 'latest' ? value : null, setAtMs: atMs };
}

/** A carried maximum never falls from month to month: those below the value rise to it, each by what it lacks. */
function highestMove(own: Months, { periodSk }: MeterEvent, { metric, quantity }: MeterReading): Move {
  const value = Quantity.of(quantity);
  const first = own.of(periodSk);
  const range = own.rangeOf(periodSk, metric);
  const months = 'only' in range ? [first] : own.all.filter(({ sk }) => sk >= periodSk);
  const lower = months.filter((month) => ownOf(month, metric).compare(value) < 0);
  const steps = lower.map((month) => {
    const next = months[months.indexOf(month) + 1]?.sk ?? null;
    const delta = value.subtract(ownOf(month, metric));
    return { range: 'only' in range ? range : { from: month.sk, until: next }, delta };
  });
  return { ...PLAIN, metric, steps, value };
}

/** A value counts from the first month in which it was seen; where it is not carried, each month by itself. */
function uniqueMove(
  { own, seen }: Setting,
  { periodSk }: MeterEvent,
  { metric, value = '' }: MeterReading,
): Move {
  const sighting = { tenantCode: own.tenantCode, metric, value, periodSk };
  const range = own.rangeOf(periodSk, metric);
  const first = 'only' in range ? null : seen.firstOf(sighting);
  const isCounted = 'only' in range ? seen.isSeenIn(sighting) : first !== null && first <= periodSk;
  if (isCounted) return { ...PLAIN, metric, steps: [] };
  const reach = 'only' in range ? range : { from: periodSk, until: first };
  return { ...PLAIN, metric, steps: [{ range: reach, delta: Quantity.one }], sighting };
}
