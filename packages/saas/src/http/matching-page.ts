import { type Page, type PageRequest } from '@landlord/kernel';

/** Reads of the store for one page. */
const READS_LIMIT = 20;

export interface MatchingPage<T> extends Page<T> {
  /** Read on the way and not kept. */
  readonly passed: readonly T[];
}

/**
 * A page of what `keeps` says yes to, filled by reading on. It may be shorter than asked for and still have a
 * next one: the reads have a bound, so that a page costs the same however rare the matches are.
 */
export async function matchingPage<T>(
  { limit, ...start }: PageRequest,
  read: (page: PageRequest) => Promise<Page<T>>,
  keeps: (item: T) => boolean,
): Promise<MatchingPage<T>> {
  const items: T[] = [];
  const passed: T[] = [];
  let request: PageRequest = { ...start, limit };
  for (let reads = 1; ; reads += 1) {
    const page = await read(request);
    for (const item of page.items) (keeps(item) ? items : passed).push(item);
    const { nextCursor } = page;
    if (nextCursor === null || items.length >= limit || reads >= READS_LIMIT)
      return { items, passed, nextCursor };
    request = { limit: limit - items.length, cursor: nextCursor };
  }
}
