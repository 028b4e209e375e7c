import { type PageRequest } from '@landlord/kernel';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type MatchingPage, matchingPage } from './matching-page.js';

/** Pages over numbers; the cursor is the next place. */
function reader(numbers: readonly number[]) {
  const limits: number[] = [];
  const read = async ({ limit, cursor = '0' }: PageRequest) => {
    limits.push(limit);
    const from = Number(cursor);
    const next = from + limit;
    return { items: numbers.slice(from, next), nextCursor: next < numbers.length ? String(next) : null };
  };
  return { read, limits };
}

it('pages tile what matches: nothing twice, nothing left out, none too long', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(9)), fc.integer({ min: 1, max: 7 }), async (numbers, limit) => {
      const { read } = reader(numbers);
      const keeps = (number: number) => number % 3 === 0;
      const found: number[] = [];
      const passed: number[] = [];
      let cursor: string | null = '0';
      while (cursor !== null) {
        const page: MatchingPage<number> = await matchingPage({ limit, cursor }, read, keeps);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items);
        passed.push(...page.passed);
        cursor = page.nextCursor;
      }
      expect(found).toEqual(numbers.filter(keeps));
      expect(passed).toEqual(numbers.filter((number) => !keeps(number)));
    }),
  );
});

it('stops reading after a bound, and can be continued', async () => {
  const { read, limits } = reader(Array.from({ length: 1_000 }, () => 1));
  expect(await matchingPage({ limit: 2 }, read, () => false)).toMatchObject({ items: [], nextCursor: '40' });
  expect(limits).toHaveLength(20);
});
