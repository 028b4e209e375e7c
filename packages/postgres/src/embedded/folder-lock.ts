import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { claimLock, readLock, touch } from './lock-claim.js';
import { HEARTBEAT_MS, isForeign, type LockRecord, STALE_AFTER_MS } from './lock-record.js';
import { identifyProcess } from './process-identity.js';
import { onDataFile } from './system-error.js';

export interface FolderLock {
  /** Gives the folder free. A lock that is somebody else's by now is left alone. */
  readonly release: () => Promise<void>;
}

export interface LockRequest {
  readonly path: string;
  /** Named in errors. */
  readonly folder: string;
  /** How long to wait for a holder on another host, whose death shows by its silence only. */
  readonly foreignWaitMs?: number;
}

const FOREIGN_WAIT_MS = STALE_AFTER_MS + 5 * HEARTBEAT_MS;
const OVERTAKEN_WAIT_MS = 10_000;
const FOREIGN_PAUSE_MS = 250;
const OVERTAKEN_PAUSE_MS = 20;

/**
 * Makes this process the one owner of the folder. Throws `data_dir_in_use`, naming the pid, when
 * another living process is. The lock of a process that ended is taken over, by exactly one.
 */
export async function lockFolder(request: LockRequest): Promise<FolderLock> {
  const { path, folder } = request;
  const record = await ownRecord();
  const draft = `${path}.draft-${randomUUID()}`;
  return onDataFile(folder, async () => {
    try {
      await writeDurably(draft, record);
      await claimInTime(request, draft);
      return holdLock(path, record);
    } finally {
      await rm(draft, { force: true });
    }
  });
}

async function ownRecord(): Promise<string> {
  const identity = (await identifyProcess(process.pid)) ?? { pid: process.pid, startedAs: 'unknown' };
  const record: LockRecord = { ...identity, host: hostname(), nonce: randomUUID() };
  return JSON.stringify(record);
}

async function claimInTime({ path, folder, foreignWaitMs }: LockRequest, draft: string): Promise<void> {
  const beganMs = performance.now();
  for (;;) {
    const outcome = await claimLock({ path, draft });
    if (outcome.kind === 'claimed') return;
    const waitedMs = performance.now() - beganMs;
    if (outcome.kind === 'overtaken') {
      if (waitedMs >= OVERTAKEN_WAIT_MS) throw inUse(folder, undefined);
      await delay(OVERTAKEN_PAUSE_MS * Math.random());
      continue;
    }
    const patient = isForeign(outcome.holder) && waitedMs < (foreignWaitMs ?? FOREIGN_WAIT_MS);
    if (!patient) throw inUse(folder, outcome.holder);
    await delay(FOREIGN_PAUSE_MS);
  }
}

function holdLock(path: string, record: string): FolderLock {
  const heartbeat = setInterval(() => {
    touch(path).catch(() => {});
  }, HEARTBEAT_MS).unref();
  return {
    release: async () => {
      clearInterval(heartbeat);
      if ((await readLock(path)) === record) await rm(path, { force: true });
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function inUse(folder: string, holder: LockRecord | undefined): EmbeddedPostgresError {
  return new EmbeddedPostgresError({
    code: 'data_dir_in_use',
    what: `The data folder is in use by ${describe(holder)}`,
    where: folder,
    remedy: 'Stop that process, or set LANDLORD_DATA_DIR to another folder.',
  });
}

function describe(holder: LockRecord | undefined): string {
  if (holder === undefined) return 'another process';
  if (isForeign(holder)) return `process ${holder.pid} on ${holder.host}`;
  return holder.pid === process.pid ? `this process (pid ${holder.pid})` : `process ${holder.pid}`;
}
