import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { explainSpawnError, runProgram, startChild } from './child-process.js';
import { type Cluster, dataArgument } from './cluster.js';
import { clusterName } from './cluster-process.js';
import type { ServerLog } from './server-log.js';
import { serverArguments } from './server-settings.js';
import { sendSignal, shutdownSteps, terminate } from './termination.js';

/** One run of `postgres`, from its start to its end. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** Settles when the process has ended. Never rejects. */
  readonly ended: Promise<void>;
  readonly hasEnded: () => boolean;
  /** What this run has logged so far. */
  readonly logged: () => Promise<string>;
}

export interface Launch {
  readonly cluster: Cluster;
  readonly serverLog: ServerLog;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts the server without waiting until it is ready. */
export async function launchServer({ cluster, serverLog, port, settings }: Launch): Promise<ServerProcess> {
  const { clusterDir } = cluster.layout;
  await serverLog.bound();
  const logFile = await serverLog.open();
  try {
    const loggedBefore = await serverLog.sizeBytes();
    const args = serverArguments({
      dataDirectory: dataArgument(clusterDir, cluster.account),
      port,
      clusterName: await clusterName(clusterDir),
      settings,
    });
    const start = { program: cluster.binaries.postgres, args, account: cluster.account, cwd: clusterDir };
    const child = startChild(start, ['ignore', logFile.fd, logFile.fd]);
    // What needs the server holds the process; at its end the exit guard stops what is left.
    child.unref();
    const ended = endOf(child);
    const pid = await pidOf(child).catch((error: unknown) => {
      throw explainSpawnError(error, start);
    });
    return {
      pid,
      port,
      ended,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      logged: () => serverLog.readSince(loggedBefore),
    };
  } finally {
    await logFile.close();
  }
}

async function pidOf(child: ChildProcess): Promise<number> {
  if (child.pid === undefined) await once(child, 'spawn');
  if (child.pid === undefined) throw new Error('a spawned process has a pid');
  return child.pid;
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Fast shutdown, then immediate, then kill. Whether the process has ended. */
export async function shutDown(
  server: ServerProcess,
  cluster: Cluster,
  fastWaitMs: number,
): Promise<boolean> {
  if (server.hasEnded()) return true;
  if (process.platform === 'win32') await stopOnWindows(cluster, fastWaitMs);
  const signal = await terminate(
    {
      signal: (name) => {
        if (!server.hasEnded()) sendSignal(server.pid, name);
      },
      endsWithin: (waitMs) => endsWithin(server, waitMs),
    },
    shutdownSteps(process.platform === 'win32' ? 0 : fastWaitMs),
  );
  return signal !== undefined;
}

async function endsWithin(server: ServerProcess, waitMs: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    await Promise.race([server.ended, delay(waitMs, undefined, { signal: timer.signal })]);
    return server.hasEnded();
  } finally {
    timer.abort();
  }
}

/** Windows has no signals between processes; pg_ctl speaks to the server in its own way. */
async function stopOnWindows(cluster: Cluster, fastWaitMs: number): Promise<void> {
  const { clusterDir } = cluster.layout;
  const waitSeconds = Math.max(1, Math.ceil(fastWaitMs / 1000));
  await runProgram({
    program: cluster.binaries.pgCtl,
    args: ['stop', '-D', clusterDir, '-m', 'fast', '-w', '-t', String(waitSeconds)],
    account: undefined,
    cwd: clusterDir,
    timeoutMs: fastWaitMs + 5_000,
  }).catch(() => {});
}
