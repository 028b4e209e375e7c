import { type UsageHour } from '@landlord/kernel';
import { type Instant, Quantity } from '@landlord/kernel/pure';

export interface SeriesGroup {
  /** Null: events without the dimension, and what lies beyond the largest values. */
  readonly value: string | null;
  readonly quantity: Quantity;
}

/** From one instant to another, half-open. */
export interface SeriesPoint {
  readonly from: Instant;
  readonly to: Instant;
  /** Of a sum what came in between; of a level where it stood at the end. */
  readonly quantity: Quantity;
  readonly groups: readonly SeriesGroup[];
}

export interface SeriesInput {
  /** Where the points begin, in order; each ends where the next begins. */
  readonly starts: readonly Instant[];
  readonly end: Instant;
  readonly hours: readonly UsageHour[];
  /** Where a level stands at the end; null for a sum. */
  readonly levelAtEnd: Quantity | null;
}

/**
 * Hours put together to points. A level is followed back from where it ends, so that it needs no beginning: ends at 7, +2 in the
 * last hour, gives 5 before.
 */
export function seriesOf({ starts, end, hours, levelAtEnd }: SeriesInput): SeriesPoint[] {
  const byPoint = starts.map((): UsageHour[] => []);
  for (const hour of hours) byPoint[placeOf(starts, hour.hour)]?.push(hour);
  const changes = byPoint.map((own) => sumOf(own));
  const levels = levelAtEnd && levelsBefore(levelAtEnd, changes);
  return starts.map((from, index) => ({
    from,
    to: starts[index + 1] ?? end,
    quantity: levels?.[index] ?? changes[index] ?? Quantity.zero,
    groups: groupsOf(byPoint[index] ?? []),
  }));
}

/** The last point that begins at the instant or before it; -1 before the first. */
function placeOf(starts: readonly Instant[], instant: Instant): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((starts[middle] ?? '') <= instant) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function levelsBefore(levelAtEnd: Quantity, changes: readonly Quantity[]): Quantity[] {
  const levels: Quantity[] = [];
  let level = levelAtEnd;
  for (const change of changes.toReversed()) {
    levels.push(level);
    level = level.subtract(change);
  }
  return levels.reverse();
}

function groupsOf(hours: readonly UsageHour[]): SeriesGroup[] {
  const byValue = groupedBy(hours, ({ group }) => group);
  return [...byValue].map(([value, own]) => ({ value, quantity: sumOf(own) }));
}

export function groupedBy<K>(
  hours: readonly UsageHour[],
  keyOf: (hour: UsageHour) => K,
): Map<K, UsageHour[]> {
  const groups = new Map<K, UsageHour[]>();
  for (const hour of hours) {
    const group = groups.get(keyOf(hour)) ?? [];
    group.push(hour);
    groups.set(keyOf(hour), group);
  }
  return groups;
}

function sumOf(hours: readonly UsageHour[]): Quantity {
  return hours.reduce((sum, { quantity }) => sum.add(Quantity.of(quantity)), Quantity.zero);
}
