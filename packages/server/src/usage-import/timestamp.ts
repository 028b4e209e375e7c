const DAY_MS = 86_400_000;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/;

export interface CalendarTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  /** Minutes east of UTC. */
  offsetMinutes: number;
}

/** Milliseconds since 1970 UTC, or undefined when there is no such time (30 February, 25 o'clock). */
export function epochMs(time: CalendarTime): number | undefined {
  if (time.year < 1970 || time.hour > 23 || time.minute > 59 || time.second > 59) return undefined;
  if (Math.abs(time.offsetMinutes) > 18 * 60) return undefined;
  const midnight = new Date(Date.UTC(time.year, time.month - 1, time.day));
  if (midnight.getUTCMonth() !== time.month - 1 || midnight.getUTCDate() !== time.day) return undefined;
  const inDayMs = ((time.hour * 60 + time.minute) * 60 + time.second) * 1000 + time.millisecond;
  const result = midnight.getTime() + (inDayMs % DAY_MS) - time.offsetMinutes * 60_000;
  return result < 0 ? undefined : result;
}

/**
 * Reads a time that says its own offset: ISO 8601 with `Z` or `+09:00`, or Unix seconds (9 or 10 digits) or
 * milliseconds (12 or 13 digits). A time without an offset is refused: whose midnight it means is unknown.
 */
export function parseTimestamp(text: string): number | undefined {
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,13}$/.test(text)) return Number(text);
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, , sign, offsetHour, offsetMinute] = match;
  if (Number(offsetMinute ?? 0) > 59) return undefined;
  const offset = Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0);
  return epochMs({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second ?? 0),
    millisecond: Number((fraction ?? '').padEnd(3, '0').slice(0, 3)),
    offsetMinutes: sign === '-' ? -offset : offset,
  });
}
