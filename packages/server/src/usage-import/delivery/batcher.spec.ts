import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, Entry } from '../usage-event.js';
import { Batcher } from './batcher.js';

const limits = { batchSize: 4, maxHeld: 9, maxTenants: 3 };

describe('Batcher', () => {
  it('gives back every event once, under its tenant, in order, within its limits', () => {
    const tenants = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 80 });
    fc.assert(
      fc.property(tenants, (arrivals) => {
        const batcher = new Batcher(limits);
        const pushed = arrivals.map((tenant, index) => batcher.add(tenant, entry(index)));
        const batches = [...pushed, ...rest(batcher)].filter((batch) => batch !== undefined);
        for (const tenant of new Set(arrivals)) {
          const sent = batches.filter((batch) => batch.tenant === tenant).flatMap((batch) => batch.entries);
          const lines = arrivals.flatMap((each, index) => (each === tenant ? [index] : []));
          expect(sent.map(({ lineNumber }) => lineNumber)).toEqual(lines);
        }
        for (const batch of batches) expect(batch.entries.length).toBeLessThanOrEqual(limits.batchSize);
        expect(batcher.peakHeld).toBeLessThanOrEqual(limits.maxHeld);
      }),
    );
  });

  it.each([
    ['a full batch', 'aaaa', 'a'],
    ['the fullest when too many events are held', 'abbbcccaa', 'a'],
    ['the oldest when too many tenants are held', 'bacd', 'b'],
  ])('pushes out %s', (_, arrivals, expected) => {
    const batcher = new Batcher({ ...limits, batchSize: arrivals === 'aaaa' ? 4 : 99 });
    const pushed = [...arrivals].map((tenant, index) => batcher.add(tenant, entry(index))?.tenant);
    expect(pushed.at(-1)).toBe(expected);
    expect(pushed.slice(0, -1).every((tenant) => tenant === undefined)).toBe(true);
  });
});

function* rest(batcher: Batcher): Generator<Batch> {
  for (let batch = batcher.next(); batch !== undefined; batch = batcher.next()) yield batch;
}

function entry(lineNumber: number): Entry {
  return {
    lineNumber,
    event: { id: String(lineNumber), metric: 'm', timestamp: '2024-01-01T00:00:00.000Z' },
  };
}
