import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { dataLayout } from './data-layout.js';
import { readPassword } from './password.js';
import { readPostmasterFile } from './postmaster-file.js';
import { connectionString } from './readiness.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** Whether the data folder holds a cluster, running or not. */
export async function hasCluster(dataDir: string): Promise<boolean> {
  const { clusterDir } = dataLayout(resolve(dataDir));
  return stat(join(clusterDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/** The connection string of a data folder's PostgreSQL that another process has started; null when none answers. */
export async function runningPostgres(dataDir: string): Promise<string | null> {
  const { clusterDir, passwordFile } = dataLayout(resolve(dataDir));
  const [server, password] = await Promise.all([readPostmasterFile(clusterDir), readPassword(passwordFile)]);
  if (server?.port === undefined || password === undefined) return null;
  const url = connectionString(server.port, password);
  return (await answers(url)) ? url : null;
}

/** After a crash the file may name a port that is free, or somebody else's by now. */
async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
