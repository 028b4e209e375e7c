import { chmod, lchown, lstat, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runningAsRoot } from './account.js';
import type { Cluster } from './cluster.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { initialiseCluster, removeUnfinished } from './initialise.js';
import { clearLeftovers } from './leftovers.js';
import type { ResolvedOptions } from './options.js';
import { resetOwnerPassword } from './owner-password.js';
import { newPassword, readPassword, writePassword } from './password.js';
import { onDataFile, systemCode } from './system-error.js';

/** Makes or checks the cluster, so that its server can be started; the owner's password. */
export async function prepareCluster(cluster: Cluster, options: ResolvedOptions): Promise<string> {
  const { root, clusterDir, passwordFile } = cluster.layout;
  await removeUnfinished(root);
  const majorVersion = await clusterVersion(clusterDir);
  const known = await readPassword(passwordFile);
  if (majorVersion === undefined) return makeCluster(cluster, options, known);
  if (majorVersion !== String(cluster.binaries.majorVersion)) throw versionMismatch(cluster, majorVersion);
  await handOver(cluster);
  return known ?? replacePassword(cluster, options);
}

async function makeCluster(
  cluster: Cluster,
  { log }: ResolvedOptions,
  known: string | undefined,
): Promise<string> {
  const { clusterDir, passwordFile } = cluster.layout;
  log({ level: 'info', message: `Making a PostgreSQL cluster in ${clusterDir}` });
  const password = known ?? newPassword();
  if (known === undefined) await writePassword(passwordFile, password);
  await initialiseCluster(cluster, password);
  return password;
}

/** The file comes last: when it is there, its password is the one that the cluster knows. */
async function replacePassword(cluster: Cluster, { log, stopTimeoutMs }: ResolvedOptions): Promise<string> {
  const { passwordFile } = cluster.layout;
  log({ level: 'warn', message: `There is no password in ${passwordFile}; setting a new one` });
  await clearLeftovers({ cluster, fastWaitMs: stopTimeoutMs, log });
  const password = newPassword();
  await resetOwnerPassword(cluster, password);
  await writePassword(passwordFile, password);
  return password;
}

/** The major version; undefined when there is no cluster yet. Throws `not_a_cluster` for a strange folder. */
async function clusterVersion(clusterDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(clusterDir, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') await onDataFile(clusterDir, () => Promise.reject(error));
  }
  try {
    await rmdir(clusterDir);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new EmbeddedPostgresError({
      code: 'not_a_cluster',
      what: 'There is something that is not a PostgreSQL cluster (it has no PG_VERSION)',
      where: clusterDir,
      remedy: 'Move it away, or set LANDLORD_DATA_DIR to another folder.',
      cause: error,
    });
  }
  return undefined;
}

/**
 * A cluster that root restored from a copy belongs to root: it is given to the server's account. The
 * folder itself comes last, so that an interrupted run is done again.
 */
async function handOver({ layout, account }: Cluster): Promise<void> {
  const { uid, mode } = await stat(layout.clusterDir);
  if (account !== undefined && runningAsRoot() && uid !== account.uid) {
    await changeOwner(layout.clusterDir, account);
  }
  if ((mode & 0o077 & ~0o050) !== 0) await chmod(layout.clusterDir, 0o700);
}

async function changeOwner(path: string, owner: { uid: number; gid: number }): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    for (const name of await readdir(path)) await changeOwner(join(path, name), owner);
  }
  await lchown(path, owner.uid, owner.gid);
}

function versionMismatch({ layout, binaries }: Cluster, found: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError({
    code: 'version_mismatch',
    what: `The cluster was made by PostgreSQL ${found}, and the installed one is ${binaries.version}`,
    where: layout.clusterDir,
    remedy: `Install the package of PostgreSQL ${found}, or move the data over with pg_dump and pg_restore.`,
  });
}
