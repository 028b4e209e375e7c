import { serverAccount } from './account.js';
import { prepareBinaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { prepareCluster } from './cluster-preparation.js';
import { createDataFolders, dataLayout } from './data-layout.js';
import type { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { lockFolder } from './folder-lock.js';
import { type EmbeddedPostgresOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { connectionString } from './readiness.js';
import { ServerLog } from './server-log.js';
import { Supervisor } from './supervisor.js';

/** Root's copy of the programs, outside of folders that other users may not enter. */
const SYSTEM_COPIES_DIR = '/var/cache/landlord';

/** A running PostgreSQL that belongs to this process, and does not keep it alive by itself. */
export interface EmbeddedPostgres {
  /** The owner of the database `landlord`, a superuser, on 127.0.0.1. The same after a restart. */
  readonly connectionString: string;
  /** Such as `18.4`. */
  readonly version: string;
  /**
   * Settles when PostgreSQL ended unexpectedly and cannot be restarted, which never happens in a good
   * run. Never rejects. The data is safe; the process should say the message and exit.
   */
  readonly failed: Promise<EmbeddedPostgresError>;
  /** Calls `listener` each time PostgreSQL is ready again after an unexpected exit. Returns its removal. */
  readonly onRestart: (listener: () => void) => () => void;
  /** Fast shutdown, then immediate; settles when PostgreSQL is gone and the folder is free. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the PostgreSQL of a data folder, making the cluster at the first time and recovering it after a
 * crash. Throws EmbeddedPostgresError, with nothing left running and the folder free.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const resolved = resolveOptions(options);
  const layout = dataLayout(resolved.dataDir);
  await createDataFolders(layout);
  const lock = await lockFolder({ path: layout.lockFile, folder: layout.root });
  const undo: (() => Promise<unknown>)[] = [lock.release];
  try {
    const account = await serverAccount(layout.clusterDir);
    const copiesDir = account === undefined ? layout.binariesDir : SYSTEM_COPIES_DIR;
    const binaries = await prepareBinaries({ account, copiesDir });
    undo.unshift(binaries.dispose);
    return await serve({ layout, binaries, account }, resolved, undo);
  } catch (error) {
    await runAll(undo);
    throw error;
  }
}

async function serve(
  cluster: Cluster,
  options: ResolvedOptions,
  undo: readonly (() => Promise<unknown>)[],
): Promise<EmbeddedPostgres> {
  const password = await prepareCluster(cluster, options);
  const serverLog = new ServerLog(cluster.layout.logFile);
  const supervisor = new Supervisor({ cluster, serverLog, password, options });
  const port = await supervisor.start();
  serverLog.startBounding();
  const stop = async () => {
    serverLog.stopBounding();
    if (!(await supervisor.stop())) {
      options.log({ level: 'error', message: 'PostgreSQL did not end, not even when killed' });
    }
    await runAll(undo);
  };
  let stopped: Promise<void> | undefined;
  return {
    connectionString: connectionString(port, password),
    version: cluster.binaries.version,
    failed: supervisor.failed,
    onRestart: (listener) => supervisor.onRestart(listener),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function runAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps) await step();
}
