import { createHash } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { isHeld, type LockRecord, parseLockRecord } from './lock-record.js';
import { systemCode } from './system-error.js';

const MAX_DEPTH = 4;

export interface Claim {
  /** The lock file wanted. */
  readonly path: string;
  /** A file beside it that holds this process's record. */
  readonly draft: string;
  readonly depth?: number;
}

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'held'; readonly holder: LockRecord }
  /** Another process was quicker at one of the steps; the next attempt tells. */
  | { readonly kind: 'overtaken' };

/**
 * A link appears whole or not at all, and for one process only. Replacing a stale lock takes a second
 * lock, named after what the stale one says: who holds it and still reads the same text may replace it,
 * and nobody else may. That second lock can be stale in turn, hence the depth.
 */
export async function claimLock({ path, draft, depth = 0 }: Claim): Promise<ClaimOutcome> {
  if (await linkUnlessThere(draft, path)) return { kind: 'claimed' };
  const found = await readLock(path);
  if (found === undefined) return { kind: 'overtaken' };
  const holder = parseLockRecord(found);
  if (holder !== undefined && (await isHeld(holder, await untouchedMs(path, draft)))) {
    return { kind: 'held', holder };
  }
  if (depth === MAX_DEPTH) return { kind: 'overtaken' };
  return replaceLock({ path, draft, depth }, found);
}

async function replaceLock({ path, draft, depth }: Required<Claim>, stale: string): Promise<ClaimOutcome> {
  const successor = `${path}.after-${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  const outcome = await claimLock({ path: successor, draft, depth: depth + 1 });
  if (outcome.kind !== 'claimed') return { kind: 'overtaken' };
  if ((await readLock(path)) === stale) {
    await rename(successor, path);
    return { kind: 'claimed' };
  }
  await rm(successor, { force: true });
  return { kind: 'overtaken' };
}

async function linkUnlessThere(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** What a lock file says; undefined when there is none. */
export async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Both times by the file system's clock, which two machines share when they share the folder. */
async function untouchedMs(path: string, draft: string): Promise<number> {
  try {
    const { mtimeMs } = await stat(path);
    await touch(draft);
    return (await stat(draft)).mtimeMs - mtimeMs;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}
