import { Temporal } from 'temporal-polyfill';
import type { Parsed } from './decimal.js';

declare const timeZoneBrand: unique symbol;

/** An IANA time zone name in its canonical spelling, such as `Europe/Paris` or `UTC`. */
export type TimeZone = string & { readonly [timeZoneBrand]: true };

export const UTC = 'UTC' as TimeZone;

const MAX_LENGTH = 64;
/** All that a name of the form Area/Place is made of; nothing else reaches the engine. */
const LETTERS = /^[A-Za-z_/-]+$/;
const UTC_NAMES: ReadonlySet<string> = new Set(['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT']);
/** The engine knows more than places ("EST", "SystemV/AST4", "Etc/GMT+5"); a tenant lives in a place, or in UTC. */
const AREAS: ReadonlySet<string> = new Set([
  'Africa',
  'America',
  'Antarctica',
  'Arctic',
  'Asia',
  'Atlantic',
  'Australia',
  'Brazil',
  'Canada',
  'Chile',
  'Europe',
  'Indian',
  'Mexico',
  'Pacific',
  'US',
]);

/**
 * Reads a time zone from untrusted input. Taken are IANA names of the form Area/Place and UTC; not taken are offsets,
 * abbreviations, fixed-offset Etc zones and any other spelling of a name. The names of UTC become `UTC`; other links
 * (Asia/Calcutta, Asia/Kolkata) stay as they are, both being good IANA names.
 */
export function parseTimeZone(input: unknown): Parsed<TimeZone> {
  if (typeof input !== 'string') return refused('A time zone must be a string such as "Europe/Paris".');
  if (UTC_NAMES.has(input)) return { ok: true, value: UTC };
  if (input.length > MAX_LENGTH) return refused(`A time zone name has at most ${MAX_LENGTH} characters.`);

  const known = knownSpelling(input);
  if (known === input && AREAS.has(areaOf(input))) {
    return { ok: true, value: input as TimeZone };
  }
  const hint = known !== undefined && AREAS.has(areaOf(known)) ? known : 'Europe/Paris" or "UTC';
  return refused(`${JSON.stringify(input)} is not an IANA time zone name: write it like "${hint}".`);
}

/** A time zone from a trusted name; throws RangeError on one that {@link parseTimeZone} refuses. */
export function timeZoneOf(name: string): TimeZone {
  const zone = parseTimeZone(name);
  if (!zone.ok) throw new RangeError(zone.message);
  return zone.value;
}

function areaOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf('/')));
}

/** The engine's spelling of a name it knows in whatever case. */
function knownSpelling(name: string): string | undefined {
  if (!LETTERS.test(name)) return undefined;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return undefined;
  }
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
