import { rm } from 'node:fs/promises';
import type { Cluster } from './cluster.js';
import { clusterName, lingeringChildren, relateProcess } from './cluster-process.js';
import type { LogEntry } from './options.js';
import { readPostmasterFile } from './postmaster-file.js';
import { identifyProcess, isRunning } from './process-identity.js';
import { eventually, sendSignal, shutdownSteps, terminate } from './termination.js';

const CHILDREN_QUIT_WAIT_MS = 1_000;
const CHILDREN_KILL_WAIT_MS = 5_000;

export interface Clearing {
  readonly cluster: Cluster;
  readonly fastWaitMs: number;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Ends what a killed process left on this cluster: a server that still runs, children whose server was
 * killed, and a `postmaster.pid` that names another program. What cannot be told is left alone, and
 * PostgreSQL's own lock decides.
 */
export async function clearLeftovers(clearing: Clearing): Promise<void> {
  if (await endStrayServer(clearing)) await endLingeringChildren(clearing);
}

/** Whether no server runs on the cluster any more. */
async function endStrayServer({ cluster, fastWaitMs, log }: Clearing): Promise<boolean> {
  const directory = cluster.layout.clusterDir;
  const file = await readPostmasterFile(directory);
  if (file === undefined) return true;
  const identity = await identifyProcess(file.pid);
  const relation = await relateProcess(file.pid, { directory, name: await clusterName(directory) });
  if (relation === 'unknown') {
    log({ level: 'warn', message: `Process ${file.pid} may be a server of ${directory}; it is left alone` });
    return false;
  }
  if (relation === 'other' || identity === undefined) {
    await rm(file.path, { force: true });
    return true;
  }
  log({ level: 'warn', message: `PostgreSQL (pid ${file.pid}) is left from an earlier run; stopping it` });
  const ended = await terminate(
    {
      signal: (signal) => sendSignal(file.pid, signal),
      endsWithin: (waitMs) => eventually(async () => !(await isRunning(identity)), waitMs),
    },
    shutdownSteps(fastWaitMs),
  );
  return ended !== undefined;
}

/** Their server is gone, so that nothing they hold can be committed: the next start recovers. */
async function endLingeringChildren({ cluster, log }: Clearing): Promise<void> {
  const name = await clusterName(cluster.layout.clusterDir);
  const pids = await lingeringChildren(name);
  if (pids.length === 0) return;
  log({ level: 'warn', message: `${pids.length} processes are left of a killed PostgreSQL; ending them` });
  const allGone = async () => (await lingeringChildren(name)).length === 0;
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of pids) sendSignal(pid, signal);
  };
  signalAll('SIGQUIT');
  if (await eventually(allGone, CHILDREN_QUIT_WAIT_MS)) return;
  signalAll('SIGKILL');
  await eventually(allGone, CHILDREN_KILL_WAIT_MS);
}
