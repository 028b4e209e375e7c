import { Temporal } from 'temporal-polyfill';
import type { Parsed } from './decimal.js';
import type { TimeZone } from './timezone.js';

/** A calendar day without a zone, `YYYY-MM-DD`. */
export type LocalDate = string;
/** An instant in UTC with milliseconds, `YYYY-MM-DDTHH:mm:ss.sssZ`. */
export type Instant = string;
/** A calendar month, `YYYY-MM`. */
export type Month = string;

/** Half-open: `from` belongs to the period, `to` is the first day of the next. */
export interface Period {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/** The same span on the time line, half-open as well. */
export interface Bounds {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

export type BillingCycle = 'monthly' | 'yearly';
export type Cycle = BillingCycle | { readonly everyMonths: number } | { readonly everyWeeks: number };

export interface PeriodQuery {
  /** First day of period 0. */
  readonly anchor: LocalDate;
  readonly cycle: Cycle;
  readonly zone: TimeZone;
  readonly instant: Instant;
}

/**
 * Period number `index` of a cycle; 0 begins on the anchor. Every edge is counted from the anchor, so a day that a
 * short month clamps comes back: anchor 2024-01-31 monthly gives 01-31, 02-29, 03-31, 04-30.
 */
export function periodByIndex(anchor: LocalDate, cycle: Cycle, index: number): Period {
  const first = Temporal.PlainDate.from(anchor);
  const step = stepOf(cycle);
  return { from: edge(first, step, index).toString(), to: edge(first, step, index + 1).toString() };
}

/** The period that holds an instant: `from <= localDateOf(instant, zone) < to`. Before the anchor the index is negative. */
export function periodAt(query: PeriodQuery): Period & { readonly index: number } {
  const first = Temporal.PlainDate.from(query.anchor);
  const day = Temporal.PlainDate.from(localDateOf(query.instant, query.zone));
  const index = indexOfDay(first, stepOf(query.cycle), day);
  return { index, ...periodByIndex(query.anchor, query.cycle, index) };
}

/** First instant of `from` and first instant of `to` in the zone. */
export function periodBounds(period: Period, zone: TimeZone): Bounds {
  return { startsAt: startOfLocalDay(period.from, zone), endsAt: startOfLocalDay(period.to, zone) };
}

/**
 * The local day an instant belongs to. Days tile time: a day lasts from its first instant to that of the next. Where
 * clocks go back across midnight (Newfoundland until 2011), the repeated hour stays with the day that had begun.
 */
export function localDateOf(instant: Instant, zone: TimeZone): LocalDate {
  const ms = epochMs(instant);
  // The local day is the one of UTC or, for want of the offset, one near it.
  let day = new Date(ms - DAY_MS).toISOString().slice(0, 10);
  for (let next = dayAfter(day); startOfDayMs(next, zone) <= ms; next = dayAfter(day)) day = next;
  return day;
}

/**
 * The first instant of a local day: 00:00, or where a clock change skips it, the first that exists. For a day that was
 * skipped whole (2011-12-30 in Samoa) it is that of the next day.
 */
export function startOfLocalDay(date: LocalDate, zone: TimeZone): Instant {
  return new Date(startOfDayMs(date, zone)).toISOString();
}

/** Calendar days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(period: Period): number {
  return Temporal.PlainDate.from(period.from).until(period.to, { largestUnit: 'day' }).days;
}

/** Calendar days, not multiples of 24 hours. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** First day of the month and of the next, with their first instants in the zone. */
export function calendarMonthBounds(month: Month, zone: TimeZone): Period & Bounds {
  const period = periodByIndex(`${month}-01`, 'monthly', 0);
  return { ...period, ...periodBounds(period, zone) };
}

interface CachedMonth {
  readonly startMs: number;
  readonly endMs: number;
  readonly month: Month;
  readonly previous: Month;
  readonly next: Month;
}

/** Two hundred zones over a year and a half; the oldest goes first. */
const MAX_CACHED_MONTHS = 4096;
const cachedMonths = new Map<string, CachedMonth>();

/** The calendar month of an instant in a zone, `YYYY-MM`. Remembers month bounds, so a batch costs a comparison each. */
export function calendarMonthOf(instant: Instant, zone: TimeZone): Month {
  const ms = epochMs(instant);
  // The local month is the one written in the instant or, for want of the offset, one of its neighbours.
  const near = cachedMonth(instant.slice(0, 7), zone);
  if (ms < near.startMs) return near.previous;
  return ms < near.endMs ? near.month : near.next;
}

function cachedMonth(month: Month, zone: TimeZone): CachedMonth {
  const key = `${month} ${zone}`;
  const hit = cachedMonths.get(key);
  if (hit !== undefined) return hit;

  const bounds = calendarMonthBounds(month, zone);
  const entry: CachedMonth = {
    startMs: epochMs(bounds.startsAt),
    endMs: epochMs(bounds.endsAt),
    month,
    previous: monthOfDate(addDays(bounds.from, -1)),
    next: monthOfDate(bounds.to),
  };
  if (cachedMonths.size >= MAX_CACHED_MONTHS) forgetOldestMonth();
  cachedMonths.set(key, entry);
  return entry;
}

function forgetOldestMonth(): void {
  const oldest = cachedMonths.keys().next();
  if (!oldest.done) cachedMonths.delete(oldest.value);
}

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const MAX_INSTANT_LENGTH = 35;
const MIN_YEAR = 1970;
/** A day inside what months can say, because the month of an instant depends on the zone. */
const MIN_INSTANT_MS = Date.UTC(1970, 0, 2);
/** Room for what is counted from an instant: trials, periods, terms. */
const MAX_INSTANT_MS = Date.UTC(9990, 0, 1);
const MAX_OFFSET_MINUTES = 14 * 60;

/** Reads a month from untrusted input: `YYYY-MM`, years 1970 to 9999. */
export function parseMonth(input: unknown): Parsed<Month> {
  const match = typeof input === 'string' && input.length === 7 ? MONTH.exec(input) : null;
  if (match === null) return refused('A month must be written YYYY-MM, such as "2024-01".');
  if (Number(match[1]) < MIN_YEAR) return refused('A month must lie in the years 1970 to 9999.');
  return { ok: true, value: match[0] };
}

/** Reads a day from untrusted input: `YYYY-MM-DD`, an existing day of the years 1970 to 9999. */
export function parseLocalDate(input: unknown): Parsed<LocalDate> {
  const match = typeof input === 'string' && input.length === 10 ? DATE.exec(input) : null;
  if (match === null) return refused('A date must be written YYYY-MM-DD, such as "2024-01-31".');
  const [text, year, month, day] = match;
  if (!isDay(Number(year), Number(month), Number(day)))
    return refused(`There is no day ${text} from 1970 on.`);
  return { ok: true, value: text };
}

/**
 * Reads a timestamp from untrusted input: ISO 8601 with seconds and with `Z` or an offset, such as
 * `2024-01-31T10:00:00+02:00`. Refused: no offset, days that do not exist, 24:00, leap seconds, offsets beyond 14:00,
 * and instants outside [1970-01-02, 9990-01-01) (UTC). Digits below the millisecond are cut off, not rounded.
 */
export function parseInstant(input: unknown): Parsed<Instant> {
  const match = typeof input === 'string' && input.length <= MAX_INSTANT_LENGTH ? INSTANT.exec(input) : null;
  if (match === null) {
    return refused('A timestamp must be ISO 8601 with an offset, such as "2024-01-31T10:00:00Z".');
  }
  const field = (index: number): number => Number(match[index] ?? 0);
  if (!isDay(field(1), field(2), field(3)))
    return refused(`There is no such day from 1970 on: "${match[0]}".`);
  if (field(4) > 23 || field(5) > 59 || field(6) > 59) {
    return refused(`There is no such time of day: "${match[0]}" (00:00:00 to 23:59:59, no leap seconds).`);
  }
  const offset = field(9) * 60 + field(10);
  if (field(10) > 59 || offset > MAX_OFFSET_MINUTES)
    return refused(`There is no such offset: "${match[0]}".`);

  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const wall = Date.UTC(field(1), field(2) - 1, field(3), field(4), field(5), field(6), milliseconds);
  const instant = new Date(wall - (match[8] === '-' ? -offset : offset) * 60_000);
  if (instant.getTime() < MIN_INSTANT_MS || instant.getTime() >= MAX_INSTANT_MS)
    return refused('A timestamp must lie between 1970-01-02 and 9990-01-01 (UTC).');
  return { ok: true, value: instant.toISOString() };
}

interface Step {
  readonly unit: 'months' | 'weeks';
  readonly count: number;
}

const MAX_STEP = 1200;

function stepOf(cycle: Cycle): Step {
  if (cycle === 'monthly') return { unit: 'months', count: 1 };
  if (cycle === 'yearly') return { unit: 'months', count: 12 };
  const step: Step =
    'everyMonths' in cycle
      ? { unit: 'months', count: cycle.everyMonths }
      : { unit: 'weeks', count: cycle.everyWeeks };
  if (!Number.isInteger(step.count) || step.count < 1 || step.count > MAX_STEP) {
    throw new RangeError(`A cycle is every 1 to ${MAX_STEP} ${step.unit}, not every ${step.count}.`);
  }
  return step;
}

function edge(anchor: Temporal.PlainDate, step: Step, index: number): Temporal.PlainDate {
  return anchor.add({ [step.unit]: step.count * index }, { overflow: 'constrain' });
}

/** Counts whole steps by month number or by days, then steps back when the edge of that month is still to come. */
function indexOfDay(anchor: Temporal.PlainDate, step: Step, day: Temporal.PlainDate): number {
  if (step.unit === 'weeks') {
    return Math.floor(anchor.until(day, { largestUnit: 'day' }).days / (7 * step.count));
  }
  const months = (day.year - anchor.year) * 12 + day.month - anchor.month;
  const index = Math.floor(months / step.count);
  return Temporal.PlainDate.compare(edge(anchor, step, index), day) > 0 ? index - 1 : index;
}

const DAY_MS = 86_400_000;
/** Eleven years of days in one zone, or a day in every zone there is, many times; the oldest goes first. */
const MAX_CACHED_DAYS = 4096;
const cachedDays = new Map<string, number>();

/** Remembered, because a time zone takes long to ask, and bills, periods and due times ask for the same days. */
function startOfDayMs(date: LocalDate, zone: TimeZone): number {
  const key = `${date} ${zone}`;
  const hit = cachedDays.get(key);
  if (hit !== undefined) return hit;
  const ms = Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
  const oldest = cachedDays.size < MAX_CACHED_DAYS ? undefined : cachedDays.keys().next().value;
  if (oldest !== undefined) cachedDays.delete(oldest);
  cachedDays.set(key, ms);
  return ms;
}

function dayAfter(date: LocalDate): LocalDate {
  return new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);
}

function epochMs(instant: Instant): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw new RangeError(`Not an instant: ${instant}`);
  return ms;
}

function monthOfDate(date: LocalDate): Month {
  return date.slice(0, -3);
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < MIN_YEAR || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
