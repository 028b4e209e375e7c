import {
  daysBetween,
  type Instant,
  type LocalDate,
  localDateOf,
  type Period,
  Rational,
  startOfLocalDay,
  type TimeZone,
} from '@landlord/kernel/pure';
import { type Grain } from './charge.js';

/** A place in a period: an instant, and the day that it counts as. */
export interface Position {
  readonly date: LocalDate;
  readonly instant: Instant;
}

/** Exact minor units of the part of a period: 24995 for 14 of 30 days is 34993/3. Round it once, as a line. */
export function prorated(price: Rational, { part, whole }: { part: number; whole: number }): Rational {
  return price.multiply(Rational.fraction(BigInt(part), BigInt(whole)));
}

export function startOf(date: LocalDate, zone: TimeZone): Position {
  return { date, instant: startOfLocalDay(date, zone) };
}

/** Where an instant lies in a period; before it at its start, after it at its end. */
export function positionIn(period: Period, zone: TimeZone, instant: Instant): Position {
  const [start, end] = [startOf(period.from, zone), startOf(period.to, zone)];
  if (instant <= start.instant) return start;
  return instant >= end.instant ? end : { date: localDateOf(instant, zone), instant };
}

/** Calendar days or milliseconds; never below 0. */
export function lengthOf(
  grain: Grain,
  { from, to }: { readonly from: Position; readonly to: Position },
): number {
  const length =
    grain === 'day'
      ? daysBetween({ from: from.date, to: to.date })
      : Date.parse(to.instant) - Date.parse(from.instant);
  return Math.max(0, length);
}
