import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayStartsOf, hourOf, hourStartsOf } from './hour.js';
import { calendarMonthBounds, calendarMonthOf, localDateOf } from './period.js';
import { timeZoneOf } from './timezone.js';

const ZONES = [
  'UTC',
  'Europe/Amsterdam',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Monrovia',
].map(timeZoneOf);
const zones = fc.constantFrom(...ZONES);
const instants = fc
  .integer({ min: Date.UTC(1972, 5, 1), max: Date.UTC(2060, 0, 1) })
  .map((ms) => new Date(ms).toISOString());

describe('hours of a zone', () => {
  it.each([
    ['Asia/Kathmandu', '2024-01-15T10:00:00.000Z', '2024-01-15T09:15:00.000Z'],
    ['UTC', '2024-01-15T10:59:59.999Z', '2024-01-15T10:00:00.000Z'],
    ['Europe/Amsterdam', '2024-10-27T01:30:00.000Z', '2024-10-27T01:00:00.000Z'],
    ['Asia/Kolkata', '2024-01-31T18:30:00.000Z', '2024-01-31T18:30:00.000Z'],
  ])('in %s puts %s into %s', (zone, at, hour) => {
    expect(hourOf(at, timeZoneOf(zone))).toBe(hour);
  });

  it('has 743 hours in a March that loses one, 31 days with it, and 29 days with a day left out', () => {
    const amsterdam = timeZoneOf('Europe/Amsterdam');
    expect(hourStartsOf('2024-03', amsterdam)).toHaveLength(743);
    expect(dayStartsOf('2024-03', amsterdam)).toHaveLength(31);
    expect(dayStartsOf('2011-12', timeZoneOf('Pacific/Apia'))).toHaveLength(30);
  });

  it('puts every instant into an hour of its own day and month, less than an hour before it', () => {
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        const hour = hourOf(instant, zone);
        const aheadMs = Date.parse(instant) - Date.parse(hour);
        expect(aheadMs).toBeGreaterThanOrEqual(0);
        expect(aheadMs).toBeLessThan(3_600_000);
        expect(localDateOf(hour, zone)).toBe(localDateOf(instant, zone));
        expect(hourStartsOf(calendarMonthOf(instant, zone), zone)).toContain(hour);
      }),
    );
  });

  it('covers a month without a gap, days by hours', () => {
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        const month = calendarMonthOf(instant, zone);
        const hours = hourStartsOf(month, zone);
        const { startsAt } = calendarMonthBounds(month, zone);
        expect(hours[0]).toBe(startsAt);
        expect(dayStartsOf(month, zone).every((day) => hours.includes(day))).toBe(true);
        expect(hours.every((hour, index) => index === 0 || hour > (hours[index - 1] ?? ''))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
