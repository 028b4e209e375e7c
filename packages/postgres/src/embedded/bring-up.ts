import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import { type ExitReason, exitReason, explainFailedStart } from './exit-reason.js';
import { clearLeftovers } from './leftovers.js';
import type { ResolvedOptions } from './options.js';
import { becomesReady } from './readiness.js';
import type { ServerLog } from './server-log.js';
import { launchServer, type ServerProcess, shutDown } from './server-process.js';

/** PostgreSQL cannot go on without room for one more. */
const WAL_SEGMENT_BYTES = 16 * 1024 * 1024;
const MAX_PORTS = 5;
const IN_USE_WAIT_MS = 30_000;
const IN_USE_PAUSE_MS = 100;

export interface BringUp {
  readonly cluster: Cluster;
  readonly serverLog: ServerLog;
  readonly password: string;
  readonly options: ResolvedOptions;
  readonly signal: AbortSignal;
  /** Asked again when the port was taken in between: a free one, or the one that clients know. */
  readonly pickPort: () => Promise<number>;
  readonly onLaunch: (server: ServerProcess) => void;
}

/**
 * Starts the server and waits until it is ready. A port taken in between is asked for again; a cluster
 * still in use by what a killed server left is cleared and tried again.
 */
export async function bringUp(request: BringUp): Promise<ServerProcess> {
  const { cluster, options, signal } = request;
  const inUseUntil = performance.now() + IN_USE_WAIT_MS;
  let ports = 0;
  for (;;) {
    signal.throwIfAborted();
    await clearLeftovers({ cluster, fastWaitMs: options.stopTimeoutMs, log: options.log });
    const { server, logged } = await launchOnce(request);
    if (logged === undefined) return server;
    const reason = await reasonOf(logged, cluster);
    ports += reason === 'port_taken' ? 1 : 0;
    const again =
      (reason === 'port_taken' && ports < MAX_PORTS) ||
      (reason === 'still_in_use' && performance.now() < inUseUntil);
    if (!again) throw explainFailedStart({ reason, logged, ...cluster.layout });
    await delay(IN_USE_PAUSE_MS, undefined, { signal });
  }
}

/** A full disk takes no log either; then only the disk itself tells. */
async function reasonOf(logged: string, { layout }: Cluster): Promise<ExitReason> {
  const reason = exitReason(logged);
  if (reason !== 'other') return reason;
  const { bavail, bsize } = await statfs(layout.clusterDir);
  return bavail * bsize < WAL_SEGMENT_BYTES ? 'disk_full' : reason;
}

/** `logged` is what the server said when it ended before it was ready. */
async function launchOnce(request: BringUp): Promise<{ server: ServerProcess; logged?: string }> {
  const { cluster, serverLog, options, password, signal, onLaunch } = request;
  const port = await request.pickPort();
  const server = await launchServer({ cluster, serverLog, port, settings: options.settings });
  onLaunch(server);
  try {
    const ready = await becomesReady({
      server,
      password,
      timeoutMs: options.startTimeoutMs,
      signal,
      clusterDir: cluster.layout.clusterDir,
    });
    return ready ? { server } : { server, logged: await server.logged() };
  } catch (error) {
    await shutDown(server, cluster, options.stopTimeoutMs);
    throw error;
  }
}
