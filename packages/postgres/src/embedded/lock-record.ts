import { hostname } from 'node:os';
import { isRunning, type ProcessIdentity } from './process-identity.js';

/** Who holds a folder, as its lock file says it. */
export interface LockRecord extends ProcessIdentity {
  /** Pids mean nothing on another machine or in another container. */
  readonly host: string;
  /** Tells two locks of one process apart. */
  readonly nonce: string;
}

/** How often a holder touches its lock. */
export const HEARTBEAT_MS = 2_000;
/** A lock from another host that was not touched for this long is stale. */
export const STALE_AFTER_MS = 10_000;

/** Undefined for what no lock ever says: a power failure may leave an empty file. */
export function parseLockRecord(text: string): LockRecord | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { pid, startedAs, host, nonce } = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof startedAs !== 'string' || typeof host !== 'string' || typeof nonce !== 'string')
    return undefined;
  return { pid, startedAs, host, nonce };
}

function parseObject(text: string): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

export function isForeign({ host }: LockRecord): boolean {
  return host !== hostname();
}

/**
 * Whether the holder still lives: on this host by its pid and start, elsewhere by its heartbeat.
 * `untouchedMs` is the age of the last touch by the clock of the file system.
 */
export async function isHeld(record: LockRecord, untouchedMs: number): Promise<boolean> {
  return isForeign(record) ? untouchedMs < STALE_AFTER_MS : isRunning(record);
}
