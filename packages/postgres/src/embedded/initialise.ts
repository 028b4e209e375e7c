import { randomUUID } from 'node:crypto';
import { chown, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProgramResult, runProgram } from './child-process.js';
import { type Cluster, dataArgument, OWNER_ROLE } from './cluster.js';
import { syncFolder, UNFINISHED_PREFIX } from './data-layout.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { DISK_FULL_REMEDY, onDataFile } from './system-error.js';

const INITDB_TIMEOUT_MS = 120_000;

/**
 * Makes the cluster beside its place and renames it when it is complete and on the disk: a folder with
 * the final name is never half made, whatever is killed when.
 */
export async function initialiseCluster(cluster: Cluster, password: string): Promise<void> {
  const { root, clusterDir } = cluster.layout;
  const unfinished = join(root, `${UNFINISHED_PREFIX}${randomUUID()}`);
  try {
    await onDataFile(root, () => mkdir(unfinished, { mode: 0o700 }));
    await give(unfinished, cluster);
    await runInitdb(cluster, unfinished, password);
    await onDataFile(clusterDir, () => rename(unfinished, clusterDir));
    await syncFolder(root);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 });
    throw error;
  }
}

async function give(path: string, { account }: Cluster): Promise<void> {
  if (account !== undefined) await onDataFile(path, () => chown(path, account.uid, account.gid));
}

/**
 * Removes what an interrupted initialisation left. Its initdb may still be writing there, to fail when
 * its folder is gone; what resists is removed at the next start.
 */
export async function removeUnfinished(root: string): Promise<void> {
  const leftovers = (await readdir(root)).filter((name) => name.startsWith(UNFINISHED_PREFIX));
  for (const name of leftovers) {
    await rm(join(root, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

async function runInitdb(cluster: Cluster, directory: string, password: string): Promise<void> {
  const result = await withPasswordFile(cluster, password, (pwfile, descriptor) =>
    runProgram({
      program: cluster.binaries.initdb,
      args: initdbArguments(dataArgument(directory, cluster.account), pwfile),
      account: cluster.account,
      cwd: directory,
      timeoutMs: INITDB_TIMEOUT_MS,
      descriptor,
    }),
  );
  if (result.exitCode !== 0) throw explainInitdb(result, cluster.layout.clusterDir);
}

export function initdbArguments(directory: string, pwfile: string): readonly string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${OWNER_ROLE}`,
    `--pwfile=${pwfile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ];
}

type UsePasswordFile = (path: string, descriptor: number) => Promise<ProgramResult>;

/** On Linux initdb reads the file as its descriptor 3, since its account may not reach the folder. */
async function withPasswordFile(
  cluster: Cluster,
  password: string,
  use: UsePasswordFile,
): Promise<ProgramResult> {
  const { root } = cluster.layout;
  const path = join(root, `${UNFINISHED_PREFIX}${randomUUID()}`);
  const file = await onDataFile(root, () => open(path, 'wx+', 0o600));
  try {
    if (cluster.account !== undefined) await file.chown(cluster.account.uid, cluster.account.gid);
    await onDataFile(root, () => file.writeFile(`${password}\n`));
    return await use(process.platform === 'linux' ? '/proc/self/fd/3' : path, file.fd);
  } finally {
    await file.close();
    await unlink(path);
  }
}

/** initdb reports a full disk in words only. */
export function explainInitdb({ exitCode, output }: ProgramResult, where: string): EmbeddedPostgresError {
  if (/No space left on device|Disk quota exceeded/.test(output)) {
    return new EmbeddedPostgresError({
      code: 'disk_full',
      what: 'The disk is too full to make a PostgreSQL cluster, which takes about 50 MB',
      where,
      remedy: DISK_FULL_REMEDY,
    });
  }
  if (/could not look up effective user ID/.test(output)) {
    return new EmbeddedPostgresError({
      code: 'account_missing',
      what: 'PostgreSQL needs a named user, and this one is not in /etc/passwd',
      where: `uid ${process.getuid?.()}`,
      remedy: 'Add the user to /etc/passwd, start as root or another user, or set DATABASE_URL.',
    });
  }
  return new EmbeddedPostgresError({
    code: 'initdb_failed',
    what: `initdb ended with ${exitCode === null ? 'a signal' : `code ${exitCode}`}: ${lastLines(output)}`,
    where,
    remedy: 'Mend what it says and start again; nothing was left behind.',
  });
}

function lastLines(text: string): string {
  return text.split('\n').slice(-4).join(' / ');
}
