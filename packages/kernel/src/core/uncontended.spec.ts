import { describe, expect, it } from 'vitest';
import { LandlordError } from '../pure/errors.js';
import { untilUncontended } from './uncontended.js';

/** Meets somebody else's change that often before it goes through. */
function contended(times: number) {
  let attempts = 0;
  return async () => {
    attempts += 1;
    if (attempts <= times) throw new LandlordError('version_conflict', 'moved');
    return attempts;
  };
}

describe('work that rests on what others change', () => {
  it.each<[string, number | null, boolean, number, number | string]>([
    ['is done again', null, true, 3, 4],
    ['is told of a conflict where the caller named the version', 7, true, 1, 'version_conflict'],
    ['is done again where something else moved than what was named', 7, false, 3, 4],
    ['ends at some time', 7, false, 1_000, 'unavailable'],
  ])('%s', async (_what, ifMatch, hasMoved, times, expected) => {
    const outcome = untilUncontended(ifMatch, contended(times), () => hasMoved);
    expect(await outcome.catch(({ code }: LandlordError) => code)).toBe(expected);
  });

  it('does not hide what is no conflict', async () => {
    const failing = () => Promise.reject(new LandlordError('not_found', 'gone'));
    await expect(untilUncontended(null, failing)).rejects.toMatchObject({ code: 'not_found' });
  });
});
