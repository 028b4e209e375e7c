import { describe, expect, it } from 'vitest';
import { grouped, progressLine, showProgress } from './progress.js';

const standing = { lines: 1_234_567, bytesRead: 52, sizeBytes: 100, elapsedMs: 10_000 };

describe('progressLine', () => {
  it('shows share, lines, speed and time left', () => {
    expect(progressLine(standing, 100)).toBe(
      '[=====================                   ]  52 %  1,234,567 lines  123,457 lines/s  10 s left',
    );
  });

  it.each([20, 40, 60, 80, 200])('is at most %i wide', (columns) => {
    expect(progressLine(standing, columns).length).toBeLessThanOrEqual(columns);
  });

  it('shows neither share nor time left when the size is not known', () => {
    expect(progressLine({ ...standing, sizeBytes: undefined }, 80)).toBe('1,234,567 lines  123,457 lines/s');
  });

  it('stays at 100 % when the file grew', () => {
    expect(progressLine({ ...standing, bytesRead: 150 }, 80)).toContain('100 %');
  });
});

describe('showProgress', () => {
  it('wipes the bar from a terminal in the end and leaves other output alone', () => {
    for (const [isTTY, expected] of [
      [true, '\r\u001b[K'],
      [false, ''],
    ] as const) {
      let text = '';
      showProgress({ isTTY, write: (more) => (text += more) }, () => standing).stop();
      expect(text).toBe(expected);
    }
  });
});

describe('grouped', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('writes %i as %s', (count, expected) => {
    expect(grouped(count)).toBe(expected);
  });
});
