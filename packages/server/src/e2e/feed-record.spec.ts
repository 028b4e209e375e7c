import { describe, expect, it } from 'vitest';
import { feedGaps } from './feed-record.js';

describe('feedGaps', () => {
  const versions = new Map([['a', 3]]);

  it.each([
    [
      'all in order',
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
      0,
    ],
    [
      'coalesced',
      [
        [0, 1],
        [1, 3],
      ],
      0,
    ],
    [
      'repeated',
      [
        [0, 1],
        [0, 1],
        [1, 3],
        [1, 3],
      ],
      0,
    ],
    [
      'skipped',
      [
        [0, 1],
        [2, 3],
      ],
      1,
    ],
    [
      'out of order',
      [
        [1, 3],
        [0, 1],
      ],
      1,
    ],
    [
      'the last one missing',
      [
        [0, 1],
        [1, 2],
      ],
      1,
    ],
    ['nothing told', [], 1],
  ])('%s: %j has %i flaws', (_what, pairs, flaws) => {
    const changes = pairs.map(([from = 0, to = 0]) => ({ id: 'a', from, to }));
    expect(feedGaps(changes, versions)).toHaveLength(flaws);
  });
});
