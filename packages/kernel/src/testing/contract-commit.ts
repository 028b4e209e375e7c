import { describe, expect, it } from 'vitest';
import { SYSTEM_SCOPE } from '../core/store.js';
import { AT, commit, committed, full, increment, originOf, partial } from './fixtures.js';
import { type GetStores } from './store-contract.js';

const PK = 'TENANT#commits';

export function describeCommits(get: GetStores): void {
  const read = (sk: string) => get().store.get(SYSTEM_SCOPE, { pk: PK, sk });

  describe('commit', () => {
    it('creates an item with the version after VERSION_FIRST and tells who, when and whence', async () => {
      await committed(get().store, [
        full('commits', 'A#1', { attributes: { a: { b: [1, 'x', null] } }, dueAt: AT }),
      ]);
      expect(await read('A#1')).toEqual({
        pk: PK,
        sk: 'A#1',
        version: 1,
        tenantCode: 'commits',
        type: 'A',
        code: '1',
        name: 'name of A#1',
        attributes: { a: { b: [1, 'x', null] } },
        isDeleted: false,
        dueAt: AT,
        createdAt: AT,
        createdBy: 'usr-1',
        updatedAt: AT,
        updatedBy: 'usr-1',
        requestId: 'req-1',
        source: 'test',
      });
    });

    it('refuses a version that is not the current one, naming the current one', async () => {
      await committed(get().store, [full('commits', 'A#2')]);
      await committed(get().store, [full('commits', 'A#2', { version: 1, name: 'two' })]);
      const key = { pk: PK, sk: 'A#2' };
      for (const givenVersion of [0, 1, 3]) {
        const result = await commit(get().store, [
          full('commits', 'A#2', { version: givenVersion, name: 'three' }),
        ]);
        expect(result).toEqual({
          status: 'refused',
          refusal: { reason: 'version_conflict', key, givenVersion, currentVersion: 2 },
        });
      }
      expect(await read('A#2')).toMatchObject({ version: 2, name: 'two' });
    });

    it('writes nothing when nothing would change', async () => {
      const input = { attributes: { x: 1, y: { z: [1, 2] } } };
      await committed(get().store, [full('commits', 'A#3', input)]);
      const same = { attributes: { y: { z: [1, 2] }, x: 1 } };
      expect(await committed(get().store, [full('commits', 'A#3', { version: 1, ...same })])).toEqual([null]);
      expect(
        await committed(get().store, [partial('commits', 'A#3', { version: 1, attributes: { x: 1 } })]),
      ).toEqual([null]);
      expect(await committed(get().store, [increment('commits', 'A#3', { x: '0' })])).toEqual([null]);
      expect(await read('A#3')).toMatchObject({ version: 1 });
    });

    it('merges a partial update deeply, replaces arrays, and leaves alone what it does not name', async () => {
      const attributes = { keep: 1, deep: { keep: 'x', change: 1, list: [1, 2, 3] } };
      await committed(get().store, [full('commits', 'A#4', { attributes, name: 'kept' })]);
      const patch = { version: 1, attributes: { deep: { change: 2, list: [9] }, added: null } };
      await committed(get().store, [partial('commits', 'A#4', patch)]);
      expect(await read('A#4')).toMatchObject({
        version: 2,
        name: 'kept',
        attributes: { keep: 1, deep: { keep: 'x', change: 2, list: [9] }, added: null },
      });
    });

    it('refuses a partial update or an increment of what is not there', async () => {
      const key = { pk: PK, sk: 'A#none' };
      const refused = { status: 'refused', refusal: { reason: 'item_absent', key } };
      expect(await commit(get().store, [partial('commits', 'A#none', { version: 0, name: 'x' })])).toEqual(
        refused,
      );
      expect(await commit(get().store, [increment('commits', 'A#none', { n: '1' })])).toEqual(refused);
    });

    it('increments exactly: ten times 0.1 is 1, and an initial item is made when there is none', async () => {
      const initial = {
        tenantCode: 'commits',
        type: 'A',
        code: '5',
        name: 'five',
        attributes: { n: 0, kept: 'x' },
      };
      for (let round = 0; round < 10; round += 1) {
        await committed(get().store, [
          increment('commits', 'A#5', { n: '0.1', 'deep.er': '1' }, { initial }),
        ]);
      }
      expect(await read('A#5')).toMatchObject({
        version: 10,
        attributes: { n: 1, kept: 'x', deep: { er: 10 } },
      });
      await committed(get().store, [increment('commits', 'A#5', { n: '123456789012345678.000000001' })]);
      expect(await read('A#5')).toMatchObject({ attributes: { n: '123456789012345679.000000001' } });
    });

    it('keeps an increment within its bounds', async () => {
      await committed(get().store, [full('commits', 'A#6', { attributes: { n: 5, text: 'x' } })]);
      const bounded = (by: string) => {
        const increments = [{ path: ['n'], by, min: '0', max: '10' }];
        return commit(get().store, [{ kind: 'increment', pk: PK, sk: 'A#6', increments }]);
      };
      expect(await bounded('5')).toMatchObject({ status: 'committed' });
      const refusal = { reason: 'out_of_bounds', key: { pk: PK, sk: 'A#6' }, attribute: 'n', current: '10' };
      expect(await bounded('0.000000001')).toMatchObject({ refusal: { ...refusal, bound: '10' } });
      expect(await bounded('-10.000000001')).toMatchObject({ refusal: { ...refusal, bound: '0' } });
      expect(await commit(get().store, [increment('commits', 'A#6', { text: '1' })])).toMatchObject({
        refusal: { reason: 'not_numeric', attribute: 'text' },
      });
      expect(await read('A#6')).toMatchObject({ version: 2, attributes: { n: 10 } });
    });

    it('commits a unit of work whole or not at all', async () => {
      await committed(get().store, [full('commits', 'U#1')]);
      const result = await commit(get().store, [
        full('commits', 'U#2'),
        full('commits', 'U#1', { name: 'late' }),
      ]);
      expect(result).toMatchObject({ status: 'refused', refusal: { reason: 'version_conflict' } });
      expect(await read('U#2')).toBeNull();
      const items = await committed(get().store, [
        full('commits', 'U#2'),
        full('commits', 'U#1', { version: 1, name: 'now' }),
      ]);
      expect(items.map((item) => item?.version)).toEqual([1, 2]);
    });

    it('holds a unit of work to what it checks without writing it', async () => {
      await committed(get().store, [full('commits', 'C#1')]);
      const key = { pk: PK, sk: 'C#1' };
      const stale = await commit(get().store, [full('commits', 'C#2')], { checks: [{ ...key, version: 2 }] });
      expect(stale).toMatchObject({ refusal: { reason: 'version_conflict', key, currentVersion: 1 } });
      await committed(get().store, [full('commits', 'C#2')], {
        checks: [
          { ...key, version: 1 },
          { pk: PK, sk: 'C#9', version: 0 },
        ],
      });
      expect(await read('C#2')).toMatchObject({ version: 1 });
    });

    it.each([
      ['a NUL character', { attributes: { x: 'a\u0000b' } }, 'attributes.x'],
      ['half of a surrogate pair', { name: '\ud800' }, 'name'],
      ['a number without end', { attributes: { x: [Number.POSITIVE_INFINITY] } }, 'attributes.x.0'],
      ['a polluting name', { attributes: JSON.parse('{"__proto__":{"x":1}}') }, 'attributes.__proto__'],
      ['too much', { attributes: { x: 'x'.repeat(300_000) } }, 'attributes'],
      ['another spelling of an instant', { dueAt: '2024-01-01T00:00:00Z' }, 'dueAt'],
      ['a day that does not exist', { dueAt: '2024-02-30T00:00:00.000Z' }, 'dueAt'],
      ['no instant', { dueAt: 'soon' }, 'dueAt'],
      ['an endless code', { code: 'x'.repeat(600) }, 'code'],
      ["another tenant's partition", { tenantCode: 'else' }, 'pk'],
    ])('refuses %s, and nothing is written', async (_what, overrides, path) => {
      const result = await commit(get().store, [full('commits', 'BAD#1', overrides)]);
      expect(result).toMatchObject({ status: 'refused', refusal: { reason: 'unstorable', path } });
      expect(await read('BAD#1')).toBeNull();
    });

    it.each([
      ['userId', 'a\u0000'],
      ['requestId', '\ud800'],
      ['source', 'x'.repeat(2_000)],
      ['at', '2024-01-01'],
    ])('refuses an origin whose %s cannot be kept', async (name, value) => {
      const result = await commit(get().store, [full('commits', 'BAD#2')], {
        origin: originOf({ [name]: value }),
      });
      expect(result).toMatchObject({
        status: 'refused',
        refusal: { reason: 'unstorable', path: `origin.${name}` },
      });
    });

    it('refuses an unstorable initial item, though there is one already', async () => {
      await committed(get().store, [full('commits', 'BAD#3', { attributes: { n: 1 } })]);
      const initial = { tenantCode: 'commits', type: 'BAD', code: '3', name: 'a\u0000', attributes: {} };
      const result = await commit(get().store, [increment('commits', 'BAD#3', { n: '1' }, { initial })]);
      expect(result).toMatchObject({ refusal: { reason: 'unstorable', path: 'initial.name' } });
    });

    it('has nothing under a key that no store can keep', async () => {
      expect(await get().store.get(SYSTEM_SCOPE, { pk: PK, sk: 'a\u0000' })).toBeNull();
    });

    it('keeps awkward text and numbers as they are', async () => {
      const attributes = {
        'a "quoted" \\ name': "o'clock; drop table x; --",
        emoji: '\u{1F600}é\u2028',
        numbers: [0, -1.5, 1e-7, 2 ** 53 - 1, 1e21, 0.1],
        empty: { list: [], object: {}, text: '' },
      };
      await committed(get().store, [full('commits', "T#'\u{1F600}@7", { attributes })]);
      expect(await read("T#'\u{1F600}@7")).toMatchObject({ version: 1, attributes });
    });

    it('counts 200 parallel increments of one item, none refused', async () => {
      await committed(get().store, [full('commits', 'P#1', { attributes: { n: 0 } })]);
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, index) => {
          const store = index % 2 === 0 ? get().store : get().peer;
          return commit(store, [increment('commits', 'P#1', { n: '1' })]);
        }),
      );
      expect(results.filter(({ status }) => status === 'committed')).toHaveLength(200);
      expect(await read('P#1')).toMatchObject({ version: 201, attributes: { n: 200 } });
    });

    it('lets exactly one of 200 parallel full updates from one version win', async () => {
      await committed(get().store, [full('commits', 'P#2')]);
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, index) => {
          const store = index % 2 === 0 ? get().store : get().peer;
          return commit(store, [full('commits', 'P#2', { version: 1, name: `writer ${index}` })]);
        }),
      );
      const conflicts = results.filter(
        (result) => result.status === 'refused' && result.refusal.reason === 'version_conflict',
      );
      expect(conflicts).toHaveLength(199);
      expect(results.filter(({ status }) => status === 'committed')).toHaveLength(1);
      expect(await read('P#2')).toMatchObject({ version: 2 });
    });

    it('lets exactly one of 50 parallel creations win', async () => {
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          commit(index % 2 === 0 ? get().store : get().peer, [
            full('commits', 'P#3', { name: `${index}` }),
            full('commits', `P#3-${index}`),
          ]),
        ),
      );
      expect(results.filter(({ status }) => status === 'committed')).toHaveLength(1);
      const page = await get().store.query(SYSTEM_SCOPE, { pk: PK, sk: { beginsWith: 'P#3-' }, limit: 200 });
      expect(page.items).toHaveLength(1);
    });

    it('counts 100 parallel increments of an item that none of them found there', async () => {
      const initial = { tenantCode: 'commits', type: 'P', code: '4', name: '', attributes: {} };
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          commit(index % 2 === 0 ? get().store : get().peer, [
            increment('commits', 'P#4', { n: '1' }, { initial }),
          ]),
        ),
      );
      expect(results.filter(({ status }) => status === 'committed')).toHaveLength(100);
      expect(await read('P#4')).toMatchObject({ version: 100, attributes: { n: 100 } });
    });

    it('holds a check of absence against a parallel creation', async () => {
      for (let round = 0; round < 20; round += 1) {
        const [left, right] = [`X#${round}l`, `X#${round}r`];
        const one = commit(get().store, [full('commits', left)], {
          checks: [{ pk: PK, sk: right, version: 0 }],
        });
        const other = commit(get().peer, [full('commits', right)], {
          checks: [{ pk: PK, sk: left, version: 0 }],
        });
        const statuses = (await Promise.all([one, other])).map(({ status }) => status);
        expect(statuses.toSorted()).toEqual(['committed', 'refused']);
      }
    });

    it('does not deadlock when units name the same items in different orders', async () => {
      const names = ['D#1', 'D#2', 'D#3', 'D#4'];
      await committed(
        get().store,
        names.map((sk) => full('commits', sk, { attributes: { n: 0 } })),
      );
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, index) => {
          const order = index % 2 === 0 ? names : names.toReversed();
          return commit(
            index % 3 === 0 ? get().peer : get().store,
            order.map((sk) => increment('commits', sk, { n: '1' })),
          );
        }),
      );
      expect(results.every(({ status }) => status === 'committed')).toBe(true);
      for (const sk of names) expect(await read(sk)).toMatchObject({ attributes: { n: 60 } });
    });

    it('treats misuse as a bug: an item named twice, too many commands', async () => {
      await expect(commit(get().store, [full('commits', 'M#1'), full('commits', 'M#1')])).rejects.toThrow(
        /twice/,
      );
      const many = Array.from({ length: 26 }, (_, index) => full('commits', `M#${index}`));
      await expect(commit(get().store, many)).rejects.toThrow(/at most 25/);
    });

    it('remembers who changed it last and who made it', async () => {
      await committed(get().store, [full('commits', 'W#1')]);
      const origin = originOf({
        userId: 'usr-2',
        requestId: 'req-2',
        source: 'other',
        at: '2024-02-01T00:00:00.001Z',
      });
      await committed(get().store, [partial('commits', 'W#1', { version: 1, name: 'x' })], { origin });
      expect(await read('W#1')).toMatchObject({
        createdBy: 'usr-1',
        createdAt: AT,
        updatedBy: 'usr-2',
        updatedAt: '2024-02-01T00:00:00.001Z',
        requestId: 'req-2',
        source: 'other',
      });
    });
  });
}
