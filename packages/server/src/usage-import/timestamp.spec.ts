import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimestamp } from './timestamp.js';

describe('parseTimestamp', () => {
  it.each([
    ['2024-01-31T23:59:59Z', '2024-01-31T23:59:59.000Z'],
    ['2024-01-31 23:59:59+09:00', '2024-01-31T14:59:59.000Z'],
    ['2024-02-29T00:00:00.123456789-0330', '2024-02-29T03:30:00.123Z'],
    ['2024-02-29T00:00Z', '2024-02-29T00:00:00.000Z'],
    ['1706745599', '2024-01-31T23:59:59.000Z'],
    ['1706745599123', '2024-01-31T23:59:59.123Z'],
  ])('reads %s as %s', (text, expected) => {
    expect(new Date(parseTimestamp(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each([
    ['without offset', '2024-01-31T23:59:59'],
    ['30 February', '2024-02-30T00:00:00Z'],
    ['29 February of a common year', '2023-02-29T00:00:00Z'],
    ['24 o’clock', '2024-01-31T24:00:00Z'],
    ['second 60', '2024-01-31T23:59:60Z'],
    ['month 13', '2024-13-01T00:00:00Z'],
    ['offset of a day', '2024-01-01T00:00:00+24:00'],
    ['before 1970', '1969-12-31T23:59:59Z'],
    ['a date', '2024-01-31'],
    ['words', 'yesterday'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  it('reads back every instant, whatever the offset it is written with', () => {
    const instants = fc.record({
      ms: fc.integer({ min: 1e11, max: 4e12 }),
      offset: fc.integer({ min: -720, max: 840 }),
    });
    fc.assert(
      fc.property(instants, ({ ms, offset }) => {
        const size = Math.abs(offset);
        const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        const local = new Date(ms + offset * 60_000).toISOString().replace('Z', zone);
        expect(parseTimestamp(local)).toBe(ms);
      }),
    );
  });
});

function two(value: number): string {
  return String(value).padStart(2, '0');
}
