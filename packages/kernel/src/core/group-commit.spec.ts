import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LandlordError } from '../pure/errors.js';
import { GroupCommit, type GroupCommitOptions } from './group-commit.js';

interface Group {
  readonly entries: readonly string[];
  readonly answer: (outcomes?: readonly string[]) => void;
  readonly fail: (error: Error) => void;
}

/** A store whose commits end when the test says so. */
class FakeStore {
  readonly groups: Group[] = [];
  private readonly watchers: (() => void)[] = [];

  readonly commit = (entries: readonly string[]): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      const answer = (outcomes: readonly string[] = entries.map((entry) => `done ${entry}`)) =>
        resolve(outcomes);
      this.groups.push({ entries, answer, fail: reject });
      for (const watcher of this.watchers.splice(0)) watcher();
    });

  async group(index: number): Promise<Group> {
    for (;;) {
      const group = this.groups[index];
      if (group) return group;
      await new Promise<void>((resolve) => this.watchers.push(resolve));
    }
  }
}

function open(given: Partial<GroupCommitOptions> = {}) {
  const store = new FakeStore();
  const options = { groupWeightLimit: 100, queueWeightLimit: 1_000, ...given };
  return { store, groups: new GroupCommit(store.commit, options) };
}

describe('a group', () => {
  it('is what arrives in one turn, then what arrives while it is committed', async () => {
    const { store, groups } = open();
    const first = [groups.submit('a', 1), groups.submit('b', 1)];
    const { entries, answer } = await store.group(0);
    expect(entries).toEqual(['a', 'b']);
    const second = ['c', 'd', 'e'].map((entry) => groups.submit(entry, 1));
    answer();
    expect(await Promise.all(first)).toEqual(['done a', 'done b']);
    const next = await store.group(1);
    expect(next.entries).toEqual(['c', 'd', 'e']);
    next.answer();
    expect(await Promise.all(second)).toEqual(['done c', 'done d', 'done e']);
  });

  it('is answered only when it is committed', async () => {
    const { store, groups } = open();
    let isAnswered = false;
    const submitted = groups.submit('a', 1).then(() => {
      isAnswered = true;
    });
    const { answer } = await store.group(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    answer();
    await submitted;
    expect(isAnswered).toBe(true);
  });

  it('goes at once again after a rest', async () => {
    const { store, groups } = open();
    for (const index of [0, 1, 2]) {
      const submitted = groups.submit(`e${index}`, 1);
      (await store.group(index)).answer();
      expect(await submitted).toBe(`done e${index}`);
    }
  });

  it.each<[string, number, number[], number[][]]>([
    ['full to the limit', 10, [4, 6, 1], [[4, 6], [1]]],
    ['not beyond it', 10, [4, 7, 1], [[4], [7, 1]]],
    ['alone when heavier', 10, [25, 1, 30], [[25], [1], [30]]],
    ['in order, though a later one would fit', 10, [8, 9, 1], [[8], [9, 1]]],
    ['with entries of no weight', 1, [0, 1, 0, 1], [[0, 1, 0], [1]]],
  ])('is %s', async (_what, groupWeightLimit, weights, expected) => {
    const committed: string[][] = [];
    const commit = async (entries: readonly string[]) => {
      committed.push([...entries]);
      return entries;
    };
    const groups = new GroupCommit(commit, { groupWeightLimit, queueWeightLimit: 1_000 });
    await Promise.all(weights.map((weight) => groups.submit(String(weight), weight)));
    expect(committed).toEqual(expected.map((group) => group.map(String)));
  });

  it('keeps the order of arrival, and answers each entry with its own outcome', async () => {
    const weights = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(weights, async (arrivals) => {
        const committed: number[] = [];
        const commit = async (entries: readonly number[]) => {
          committed.push(...entries);
          await Promise.resolve();
          return entries.map((entry) => entry * 10);
        };
        const groups = new GroupCommit(commit, { groupWeightLimit: 10, queueWeightLimit: 1_000 });
        const submitted: Promise<number>[] = [];
        for (const [index, [weight, pauses]] of arrivals.entries()) {
          submitted.push(groups.submit(index, weight));
          if (pauses) await Promise.resolve();
        }
        expect(await Promise.all(submitted)).toEqual(arrivals.map((_, index) => index * 10));
        expect(committed).toEqual(arrivals.map((_, index) => index));
      }),
    );
  });
});

describe('the queue', () => {
  it('turns away what is too much, and takes more when a group has gone', async () => {
    const { store, groups } = open({ groupWeightLimit: 10, queueWeightLimit: 10 });
    const taken = [groups.submit('in flight', 10)];
    const first = await store.group(0);
    taken.push(groups.submit('a', 6), groups.submit('b', 4));
    await expect(groups.submit('c', 1)).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 });
    first.answer();
    const second = await store.group(1);
    taken.push(groups.submit('d', 10));
    second.answer();
    (await store.group(2)).answer();
    expect(await Promise.all(taken)).toEqual(['done in flight', 'done a', 'done b', 'done d']);
    expect(store.groups.map(({ entries }) => entries)).toEqual([['in flight'], ['a', 'b'], ['d']]);
  });

  it('takes an entry heavier than itself when it is empty', async () => {
    const { store, groups } = open({ groupWeightLimit: 10, queueWeightLimit: 10 });
    const submitted = groups.submit('heavy', 50);
    (await store.group(0)).answer();
    expect(await submitted).toBe('done heavy');
  });
});

describe('a failing group', () => {
  it('fails for all its entries when the store cannot be reached, and the next goes on', async () => {
    const { store, groups } = open();
    const failing = Promise.allSettled([groups.submit('a', 1), groups.submit('b', 1)]);
    const { fail } = await store.group(0);
    const next = groups.submit('c', 1);
    const error = new LandlordError('unavailable', 'connection lost');
    fail(error);
    expect(await failing).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    (await store.group(1)).answer();
    expect(await next).toBe('done c');
  });

  it('lets an entry that cannot be committed fail alone', async () => {
    const groups = new GroupCommit<string, string>(
      async (entries) => {
        if (entries.includes('bad')) throw new Error('bad entry');
        return entries.map((entry) => `done ${entry}`);
      },
      { groupWeightLimit: 10, queueWeightLimit: 10 },
    );
    const outcomes = await Promise.allSettled(['a', 'bad', 'b'].map((entry) => groups.submit(entry, 1)));
    expect(outcomes).toMatchObject([
      { value: 'done a' },
      { reason: { message: 'bad entry' } },
      { value: 'done b' },
    ]);
  });

  it('is also one that throws at once, or leaves an entry unanswered', async () => {
    const { store, groups } = open();
    const short = Promise.allSettled([groups.submit('a', 1)]);
    (await store.group(0)).answer([]);
    for (const outcome of await short)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: /every entry/ } });
    const broken = new GroupCommit<string, string>(
      () => {
        throw new Error('at once');
      },
      { groupWeightLimit: 1, queueWeightLimit: 1 },
    );
    await expect(broken.submit('a', 1)).rejects.toThrow('at once');
    await expect(broken.submit('b', 1)).rejects.toThrow('at once');
  });
});

describe('flush', () => {
  it('waits for what is in flight and what waits behind it', async () => {
    const { store, groups } = open({ groupWeightLimit: 1 });
    const answered: string[] = [];
    for (const entry of ['a', 'b']) void groups.submit(entry, 1).then(() => answered.push(entry));
    const flushed = groups.flush().then(() => [...answered]);
    (await store.group(0)).answer();
    (await store.group(1)).answer();
    expect(await flushed).toEqual(['a', 'b']);
  });

  it('has nothing to wait for at rest, and survives a failing group', async () => {
    const { store, groups } = open();
    await groups.flush();
    const failing = expect(groups.submit('a', 1)).rejects.toThrow('lost');
    const flushed = groups.flush();
    (await store.group(0)).fail(new Error('lost'));
    await failing;
    await flushed;
  });
});

describe('two groups on their way', () => {
  it('are no more than that, and the next is all that came meanwhile', async () => {
    const { store, groups } = open({ groupsLimit: 2 });
    const answers = [groups.submit('a', 1)];
    await store.group(0);
    answers.push(groups.submit('b', 1), groups.submit('c', 1));
    const second = await store.group(1);
    expect(second.entries).toEqual(['b', 'c']);
    answers.push(groups.submit('d', 1));
    await nextTurn();
    answers.push(groups.submit('e', 1));
    await nextTurn();
    expect(store.groups).toHaveLength(2);
    second.answer();
    const third = await store.group(2);
    expect(third.entries).toEqual(['d', 'e']);
    third.answer();
    (await store.group(0)).answer();
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd', 'e'].map((entry) => `done ${entry}`));
  });

  it('need enough that waits for the second; without a first anything goes', async () => {
    const { store, groups } = open({ groupsLimit: 2, furtherWeight: 3 });
    const answers = ['a', 'b', 'c'].map((entry) => groups.submit(entry, 1));
    const first = await store.group(0);
    answers.push(groups.submit('d', 2));
    await nextTurn();
    expect(store.groups).toHaveLength(1);
    answers.push(groups.submit('e', 1));
    (await store.group(1)).answer();
    answers.push(groups.submit('f', 1));
    first.answer();
    const third = await store.group(2);
    expect(third.entries).toEqual(['f']);
    third.answer();
    expect(await Promise.all(answers)).toHaveLength(6);
  });

  it('are both waited for by a flush', async () => {
    const { store, groups } = open({ groupsLimit: 2 });
    const answers = [groups.submit('a', 1)];
    await store.group(0);
    answers.push(groups.submit('b', 1));
    let isFlushed = false;
    const flushed = groups.flush().then(() => {
      isFlushed = true;
    });
    (await store.group(1)).answer();
    await nextTurn();
    expect(isFlushed).toBe(false);
    (await store.group(0)).answer();
    await flushed;
    expect(await Promise.all(answers)).toEqual(['done a', 'done b']);
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
