import { dayStartsOf, hourStartsOf, Quantity, timeZoneOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { seriesOf } from './usage.series.js';

const q = Quantity.of;
const AMSTERDAM = timeZoneOf('Europe/Amsterdam');
const END = '2024-03-31T22:00:00.000Z';

function hour(at: string, quantity: string, group: string | null = null) {
  return { metric: 'm', hour: at, quantity, group, count: 1 };
}

function quantities(points: ReturnType<typeof seriesOf>): string[] {
  return points.map(({ quantity }) => quantity.toString());
}

describe('a series', () => {
  const days = dayStartsOf('2024-03', AMSTERDAM);

  it('of a sum has a point for every local day, also one of 23 hours', () => {
    const hours = [
      hour('2024-02-29T23:00:00.000Z', '1'),
      hour('2024-03-30T22:00:00.000Z', '2'),
      hour('2024-03-30T23:00:00.000Z', '4'),
      hour('2024-03-31T21:00:00.000Z', '0.5'),
    ];
    const points = seriesOf({ starts: days, end: END, hours, levelAtEnd: null });
    expect(points).toHaveLength(31);
    expect(points[30]).toMatchObject({ from: '2024-03-30T23:00:00.000Z', to: END });
    expect(quantities(points).filter((quantity) => quantity !== '0')).toEqual(['1', '2', '4.5']);
  });

  it('of a level stays where it was, and is followed back from where it ends', () => {
    const hours = [hour('2024-03-02T10:00:00.000Z', '3'), hour('2024-03-30T10:00:00.000Z', '-1')];
    const levels = quantities(seriesOf({ starts: days, end: END, hours, levelAtEnd: q('7') }));
    expect([levels[0], levels[1], levels[28], levels[29], levels[30]]).toEqual(['5', '8', '8', '7', '7']);
  });

  it('tells groups apart, point by point', () => {
    const at = '2024-03-02T10:00:00.000Z';
    const hours = [hour(at, '1', '/a'), hour('2024-03-02T12:00:00.000Z', '2', '/a'), hour(at, '5')];
    const [, second] = seriesOf({ starts: days, end: END, hours, levelAtEnd: null });
    expect(second?.groups.map(({ value, quantity }) => [value, quantity.toString()])).toEqual([
      ['/a', '3'],
      [null, '5'],
    ]);
  });

  it('adds up to the same by hour as by day', () => {
    const starts = hourStartsOf('2024-03', AMSTERDAM);
    const hours = starts.map((start, index) => hour(start, String(index)));
    const sum = (points: ReturnType<typeof seriesOf>) =>
      points.reduce((total, { quantity }) => total.add(quantity), Quantity.zero).toString();
    const byHour = seriesOf({ starts, end: END, hours, levelAtEnd: null });
    expect(quantities(byHour)).toEqual(starts.map((_, index) => String(index)));
    expect(sum(seriesOf({ starts: days, end: END, hours, levelAtEnd: null }))).toBe(sum(byHour));
  });
});
