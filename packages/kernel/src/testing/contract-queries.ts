import { beforeAll, describe, expect, it } from 'vitest';
import { type ItemQuery, type Page, SYSTEM_SCOPE } from '../core/store.js';
import { compareText } from '../pure/keys.js';
import { committed, full, partial } from './fixtures.js';
import { type GetStores } from './store-contract.js';

const PK = 'TENANT#queries';

/** Every entry of a list, page by page. */
export async function everyPage<T>(fetch: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page = await fetch(cursor);
    all.push(...page.items);
    if (page.nextCursor === null) return all;
    cursor = page.nextCursor;
  }
  throw new Error('the list has no end');
}

export function describeQueries(get: GetStores): void {
  describe('queries', () => {
    const names = [
      'A',
      'A#',
      'A#1',
      'A#10',
      'A#2',
      'A#a',
      'A#\u{1F600}',
      'A#\uFFFD',
      'A$',
      'B#1',
      'a#1',
      'USAGE#2024-01',
      'USAGE#2024-02',
      'USAGE#2024-10',
    ];

    beforeAll(async () => {
      for (const sk of names) await committed(get().store, [full('queries', sk)]);
      await committed(get().store, [full('queries', 'USAGE#2024-03'), full('queries', 'A#gone')]);
      await committed(get().store, [partial('queries', 'A#gone', { version: 1, isDeleted: true })]);
    });

    const list = (query: Partial<ItemQuery>) =>
      everyPage((cursor) =>
        get().store.query(SYSTEM_SCOPE, {
          pk: PK,
          limit: 3,
          ...query,
          ...(cursor === undefined ? {} : { cursor }),
        }),
      ).then((items) => items.map(({ sk }) => sk));

    it('lists a partition in the order of bytes, page by page, without the deleted', async () => {
      const expected = [...names, 'USAGE#2024-03'].sort(compareText);
      expect(await list({})).toEqual(expected);
      expect(await list({ order: 'desc' })).toEqual(expected.toReversed());
      expect(await list({ includeDeleted: true })).toEqual([...expected, 'A#gone'].sort(compareText));
    });

    it('finds by the beginning of the sort key, and takes no character in it for a pattern', async () => {
      expect(await list({ sk: { beginsWith: 'A#' } })).toEqual([
        'A#',
        'A#1',
        'A#10',
        'A#2',
        'A#a',
        'A#\uFFFD',
        'A#\u{1F600}',
      ]);
      expect(await list({ sk: { beginsWith: 'USAGE#2024-1' } })).toEqual(['USAGE#2024-10']);
      expect(await list({ sk: { beginsWith: '' } })).toHaveLength(names.length + 1);
      expect(await list({ sk: { beginsWith: 'A%' } })).toEqual([]);
      expect(await list({ sk: { beginsWith: 'A_' } })).toEqual([]);
    });

    it('finds between two sort keys, both included', async () => {
      expect(await list({ sk: { between: ['USAGE#2024-02', 'USAGE#2024-10'] } })).toEqual([
        'USAGE#2024-02',
        'USAGE#2024-03',
        'USAGE#2024-10',
      ]);
      expect(await list({ sk: { between: ['USAGE#2024-10', 'USAGE#2024-02'] } })).toEqual([]);
    });

    it('goes on exactly behind the last entry when items come and go between pages', async () => {
      const first = await get().store.query(SYSTEM_SCOPE, { pk: PK, sk: { beginsWith: 'USAGE#' }, limit: 2 });
      await committed(get().store, [full('queries', 'USAGE#2023-12'), full('queries', 'USAGE#2024-02x')]);
      const second = await get().store.query(SYSTEM_SCOPE, {
        pk: PK,
        sk: { beginsWith: 'USAGE#' },
        limit: 2,
        cursor: first.nextCursor ?? '',
      });
      expect(second.items.map(({ sk }) => sk)).toEqual(['USAGE#2024-02x', 'USAGE#2024-03']);
    });

    it.each(['', 'x', 'bm90IGpzb24', Buffer.from('["x","A"]').toString('base64url')])(
      'refuses the cursor %j',
      async (cursor) => {
        await expect(async () =>
          get().store.query(SYSTEM_SCOPE, { pk: PK, limit: 2, cursor }),
        ).rejects.toMatchObject({
          code: 'validation_failed',
          errors: [{ path: 'cursor' }],
        });
      },
    );

    it('refuses a cursor of another list', async () => {
      const page = await get().store.query(SYSTEM_SCOPE, { pk: PK, limit: 2 });
      const cursor = page.nextCursor ?? '';
      await expect(async () =>
        get().store.query(SYSTEM_SCOPE, { pk: 'TENANT#other', limit: 2, cursor }),
      ).rejects.toMatchObject({
        code: 'validation_failed',
      });
    });

    it('reads many keys at once, in their order, with null where there is none', async () => {
      const keys = ['B#1', 'nope', 'A', 'B#1'].map((sk) => ({ pk: PK, sk }));
      const items = await get().store.getMany(SYSTEM_SCOPE, keys);
      expect(items.map((item) => item?.sk ?? null)).toEqual(['B#1', null, 'A', 'B#1']);
    });

    it('finds by code, by type and by due time', async () => {
      const due = (sk: string, dueAt: string | null) =>
        full('lookups', sk, { type: 'DUE', code: 'same', dueAt });
      await committed(get().store, [
        due('D#1', '2024-03-01T00:00:00.000Z'),
        due('D#2', '2024-01-01T00:00:00.000Z'),
        due('D#3', null),
        due('D#4', '2024-02-01T00:00:00.000Z'),
        due('D#5', '2024-01-01T00:00:00.000Z'),
      ]);
      await committed(get().store, [partial('lookups', 'D#4', { version: 1, isDeleted: true })]);
      const at = (cursor?: string) => ({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      const byCode = await everyPage((cursor) =>
        get().store.itemsByCode(SYSTEM_SCOPE, {
          tenantCode: 'lookups',
          type: 'DUE',
          code: 'same',
          ...at(cursor),
        }),
      );
      expect(byCode.map(({ sk }) => sk)).toEqual(['D#1', 'D#2', 'D#3', 'D#5']);
      const byType = await everyPage((cursor) =>
        get().store.itemsByType(SYSTEM_SCOPE, { type: 'DUE', ...at(cursor) }),
      );
      expect(byType.map(({ sk }) => sk)).toEqual(['D#1', 'D#2', 'D#3', 'D#5']);
      const until = '2024-03-01T00:00:00.000Z';
      const dueItems = await everyPage((cursor) =>
        get().store.dueItems(SYSTEM_SCOPE, { type: 'DUE', until, ...at(cursor) }),
      );
      expect(dueItems.map(({ sk }) => sk)).toEqual(['D#2', 'D#5', 'D#1']);
      const earlier = await get().store.dueItems(SYSTEM_SCOPE, {
        type: 'DUE',
        until: '2024-02-29T23:59:59.999Z',
        limit: 10,
      });
      expect(earlier.items.map(({ sk }) => sk)).toEqual(['D#2', 'D#5']);
    });

    it('has each due item in exactly one part, always the same', async () => {
      const until = '2024-01-01T00:00:00.000Z';
      const tenants = Array.from({ length: 40 }, (_each, index) => `part-${index}`);
      for (const code of tenants)
        await committed(get().store, [full(code, 'P#1', { type: 'PART', dueAt: until })]);
      const partOf = (index: number) =>
        everyPage((cursor) =>
          get().store.dueItems(SYSTEM_SCOPE, {
            ...{ type: 'PART', until, part: { index, of: 4 }, limit: 3 },
            ...(cursor === undefined ? {} : { cursor }),
          }),
        ).then((items) => items.map(({ tenantCode }) => tenantCode));
      const parts = await Promise.all([0, 1, 2, 3].map(partOf));
      expect(parts.flat().toSorted()).toEqual(tenants.toSorted());
      for (const part of parts) expect(part.length).toBeGreaterThan(1);
      expect(await Promise.all([0, 1, 2, 3].map(partOf))).toEqual(parts);
    });
  });
}
