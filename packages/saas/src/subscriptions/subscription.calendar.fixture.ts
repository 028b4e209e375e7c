import { type BillingCycle, type Instant, type LocalDate } from '@landlord/kernel/pure';
import * as fc from 'fast-check';

/**
 * A second opinion on the calendar, sharing nothing with the rules: wall clocks are read with `Intl`, days are counted
 * with `Date.UTC`.
 */
const formats = new Map<string, Intl.DateTimeFormat>();

/** What a calendar on the wall says. */
export function wallDateOf(instant: Instant, zone: string): LocalDate {
  let format = formats.get(zone);
  if (!format) {
    const fields = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...fields });
    formats.set(zone, format);
  }
  return format.format(new Date(instant));
}

export function later(instant: Instant, ms: number): Instant {
  return new Date(Date.parse(instant) + ms).toISOString();
}

export function dayAfter(date: LocalDate, days: number): LocalDate {
  return later(`${date}T00:00:00.000Z`, days * 86_400_000).slice(0, 10);
}

export function daysFrom(from: LocalDate, to: LocalDate): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** The day `index` cycles after the anchor, or the last of its month. */
export function edgeOf(anchor: LocalDate, cycle: BillingCycle, index: number): LocalDate {
  const [year = 0, month = 0, day = 0] = anchor.split('-').map(Number);
  const months = month - 1 + index * monthsOf(cycle);
  const last = new Date(Date.UTC(year, months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, months, Math.min(day, last))).toISOString().slice(0, 10);
}

/** Which of the periods counted from the anchor begins in the month of `from`; a fraction is none. */
export function indexOf(anchor: LocalDate, cycle: BillingCycle, from: LocalDate): number {
  const monthOf = (date: LocalDate) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
  return (monthOf(from) - monthOf(anchor)) / monthsOf(cycle);
}

function monthsOf(cycle: BillingCycle): number {
  return cycle === 'yearly' ? 12 : 1;
}

/** Whose clocks change at midnight, by half an hour, in winter instead of summer, or left a day out. */
const ODD_ZONES = [
  'Africa/Casablanca',
  'America/Havana',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Europe/Dublin',
  'Pacific/Apia',
  'Pacific/Fakaofo',
  'Pacific/Kiritimati',
  'UTC',
];

export const anyZone = fc.oneof(
  fc.constantFrom(...ODD_ZONES),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
);

const ordinaryDay = fc.integer({ min: 0, max: 50 * 365 }).map((days) => dayAfter('1975-01-01', days));
const lateDay = fc
  .tuple(
    fc.integer({ min: 1975, max: 2024 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([year, month, back]) =>
    dayAfter(new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10), -back),
  );
const leapDay = fc.integer({ min: 494, max: 506 }).map((fourth) => `${fourth * 4}-02-29`);
const timeOfDay = fc.integer({ min: 0, max: 86_399_999 });

/** From 1975 to 2025, mostly on the last days of a month, where it is hard. */
export const anyStart = fc
  .tuple(fc.oneof(ordinaryDay, lateDay, lateDay, leapDay), timeOfDay)
  .map(([day, ms]) => later(`${day}T00:00:00.000Z`, ms));

export const anyCycle = fc.constantFrom<BillingCycle>('monthly', 'yearly');
