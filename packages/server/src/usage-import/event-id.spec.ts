import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventIds } from './event-id.js';

interface Logged {
  text: string;
  second: number;
}

const log = fc.array(
  fc.record({ text: fc.constantFrom('a', 'b', 'c'), second: fc.integer({ min: 0, max: 40 }) }),
  {
    maxLength: 60,
  },
);
const limits = { windowSeconds: 10, maxRemembered: 5 };

describe('EventIds', () => {
  it('gives the same file the same ids, and a longer file the same ids for its beginning', () => {
    fc.assert(
      fc.property(log, log, (lines, more) => {
        const longer = idsOf([...lines, ...more]);
        expect(longer.slice(0, lines.length)).toEqual(idsOf(lines));
      }),
    );
  });

  it('gives each line of a file an id of its own, in and beyond the window', () => {
    fc.assert(
      fc.property(log, (lines) => {
        expect(new Set(idsOf(lines)).size).toBe(lines.length);
      }),
    );
  });

  it('remembers no more than its limit', () => {
    fc.assert(
      fc.property(log, (lines) => {
        const ids = new EventIds('', limits);
        lines.forEach((line, offset) => {
          idOf(ids, line, offset);
          expect(ids.size).toBeLessThanOrEqual(limits.maxRemembered);
        });
      }),
    );
  });

  it('numbers equal lines of one second', () => {
    const [first, second] = idsOf([at(5, 'x'), at(5, 'x')]);
    expect(first).toMatch(/^[\w-]{43}\.1$/);
    expect(second).toBe(`${first?.slice(0, -1)}2`);
  });

  it('uses the offset for a line older than the window', () => {
    const [, late] = idsOf([at(100, 'x'), at(89, 'y')]);
    expect(late).toMatch(/^[\w-]{43}@1$/);
  });

  it('tells sources apart', () => {
    const content = { bytes: Buffer.from('x'), timestampMs: 0, offset: 0 };
    expect(new EventIds('web-1').idOf(content)).toBe(`web-1:${new EventIds('').idOf(content)}`);
  });

  it('stays within 128 characters', () => {
    const ids = new EventIds('s'.repeat(64), { windowSeconds: 0, maxRemembered: 1 });
    ids.idOf({ bytes: Buffer.from('x'), timestampMs: 5000, offset: 0 });
    const id = ids.idOf({ bytes: Buffer.from('y'), timestampMs: 0, offset: Number.MAX_SAFE_INTEGER });
    expect(id.length).toBeLessThanOrEqual(128);
  });
});

function at(second: number, text: string): Logged {
  return { text, second };
}

function idsOf(lines: readonly Logged[]): string[] {
  const ids = new EventIds('', limits);
  return lines.map((line, offset) => idOf(ids, line, offset));
}

// A log line contains its time: equal lines are of one second.
function idOf(ids: EventIds, { text, second }: Logged, offset: number): string {
  return ids.idOf({ bytes: Buffer.from(`${second} ${text}`), timestampMs: second * 1000 + 7, offset });
}
