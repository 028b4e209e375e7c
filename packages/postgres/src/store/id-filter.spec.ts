import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { IdFilter } from './id-filter.js';

const hashes = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => createHash('sha256').update(`${prefix}${index}`).digest());

it('knows whatever was added, and says so of one in a hundred others at most', () => {
  const filter = new IdFilter(20_000);
  const added = hashes('in', 20_000);
  for (const hash of added) filter.add(hash);
  expect(added.every((hash) => filter.mayHave(hash))).toBe(true);
  const wrong = hashes('out', 20_000).filter((hash) => filter.mayHave(hash)).length;
  expect(wrong).toBeLessThan(200);
});

it('reads hashes where they are in a row', () => {
  const filter = new IdFilter(2);
  const [first, second] = hashes('row', 2).map((hash) => hash.subarray(0, 16));
  if (!first || !second) throw new Error('two were made');
  filter.add(Buffer.concat([first, second]), 16);
  expect([filter.mayHave(first), filter.mayHave(second)]).toEqual([false, true]);
});

it('has room for none', () => {
  expect(new IdFilter(0).mayHave(Buffer.alloc(16))).toBe(false);
});
