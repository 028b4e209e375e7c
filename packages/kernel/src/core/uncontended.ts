import { setTimeout } from 'node:timers/promises';
import { LandlordError } from '../pure/errors.js';

const TRIES_LIMIT = 60;
const PAUSE_MS = 5;
const PAUSE_LIMIT_MS = 100;

/**
 * Reads and writes again when somebody else wrote in between, unless the caller named a version: then the
 * conflict is the caller's to know. `work` reads anew each time. Throws `unavailable` when that never ends.
 * `hasMoved`: whether it was what the caller named that moved, and not something else that the work rests on too.
 */
export async function untilUncontended<T>(
  ifMatch: number | null,
  work: () => Promise<T>,
  hasMoved: () => boolean | Promise<boolean> = () => true,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isContended = error instanceof LandlordError && error.code === 'version_conflict';
      if (!isContended || (ifMatch !== null && (await hasMoved()))) throw error;
      if (attempt >= TRIES_LIMIT) throw crowded(error);
      await setTimeout(Math.random() * Math.min(PAUSE_MS * attempt, PAUSE_LIMIT_MS));
    }
  }
}

function crowded(cause: unknown): LandlordError {
  return new LandlordError('unavailable', 'too many changes of the same thing at once; try again', {
    retryAfterSeconds: 1,
    cause,
  });
}
