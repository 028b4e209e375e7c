import {
  addDays,
  type Instant,
  type LocalDate,
  type Month,
  periodByIndex,
  startOfLocalDay,
} from './period.js';
import { type TimeZone } from './timezone.js';

const HOUR_MS = 3_600_000;
/** Days of zones remembered; the oldest goes first. */
const MAX_CACHED_DAYS = 4096;
const cachedDays = new Map<string, readonly number[]>();

/**
 * The instant at which the hour of an instant began, counted from the beginning of the local day: so an hour lies in one
 * local day, in Kathmandu (+05:45) and on the days when clocks change, too.
 */
export function hourOf(instant: Instant, zone: TimeZone): Instant {
  const ms = Date.parse(instant);
  const start = startsAround(instant.slice(0, 10), zone).findLast((dayMs) => dayMs <= ms) ?? ms;
  return new Date(ms - ((ms - start) % HOUR_MS)).toISOString();
}

/** The first instants of the local days of a month. A day that a zone left out is not among them. */
export function dayStartsOf(month: Month, zone: TimeZone): readonly Instant[] {
  const { from, to } = periodByIndex(`${month}-01`, 'monthly', 0);
  const starts: Instant[] = [];
  for (let day: LocalDate = from; day < to; day = addDays(day, 1)) starts.push(startOfLocalDay(day, zone));
  const end = startOfLocalDay(to, zone);
  return [...new Set(starts)].filter((start) => start < end);
}

/** The first instants of the hours of a month, as `hourOf` gives them. */
export function hourStartsOf(month: Month, zone: TimeZone): readonly Instant[] {
  const days = dayStartsOf(month, zone);
  const end = startOfLocalDay(periodByIndex(`${month}-01`, 'monthly', 1).from, zone);
  return days.flatMap((day, index) => {
    const [startMs, endMs] = [Date.parse(day), Date.parse(days[index + 1] ?? end)];
    const count = Math.ceil((endMs - startMs) / HOUR_MS);
    return Array.from({ length: count }, (_, hour) => new Date(startMs + hour * HOUR_MS).toISOString());
  });
}

/** Of the local days that a day of UTC touches. */
function startsAround(utcDate: LocalDate, zone: TimeZone): readonly number[] {
  const key = `${utcDate} ${zone}`;
  const hit = cachedDays.get(key);
  if (hit) return hit;
  const starts = [-1, 0, 1].map((days) => Date.parse(startOfLocalDay(addDays(utcDate, days), zone)));
  const [oldest] = cachedDays.size >= MAX_CACHED_DAYS ? cachedDays.keys() : [];
  if (oldest !== undefined) cachedDays.delete(oldest);
  cachedDays.set(key, starts);
  return starts;
}
