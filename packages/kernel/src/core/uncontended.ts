import { setTimeout } from 'node:timers/promises';
import { LandlordError } from '../pure/errors.js';

const TRIES_LIMIT = 20;
const PAUSE_MS = 5;

/**
 * Reads and writes again when somebody else wrote in between, unless the caller named a version: then the
 * conflict is the caller's to know. `work` reads anew each time.
 */
export async function untilUncontended<T>(ifMatch: number | null, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isContended = error instanceof LandlordError && error.code === 'version_conflict';
      if (!isContended || ifMatch !== null || attempt >= TRIES_LIMIT) throw error;
      await setTimeout(Math.random() * PAUSE_MS * attempt);
    }
  }
}
