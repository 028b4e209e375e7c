import { runProgram } from './child-process.js';
import { type Cluster, DATABASE, dataArgument, OWNER_ROLE } from './cluster.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const SINGLE_USER_TIMEOUT_MS = 120_000;
const MAINTENANCE_DATABASE = 'postgres';

/**
 * Gives the owner a new password without knowing the old one: single-user mode asks for none. No server
 * may run on the cluster.
 */
export async function resetOwnerPassword(cluster: Cluster, password: string): Promise<void> {
  const { clusterDir, passwordFile, logFile } = cluster.layout;
  const { exitCode, output } = await runProgram({
    program: cluster.binaries.postgres,
    args: ['--single', '-D', dataArgument(clusterDir, cluster.account), '-j', MAINTENANCE_DATABASE],
    account: cluster.account,
    cwd: clusterDir,
    timeoutMs: SINGLE_USER_TIMEOUT_MS,
    input: `ALTER ROLE ${OWNER_ROLE} PASSWORD '${password}';\n\n`,
  });
  if (exitCode === 0 && !/\b(ERROR|FATAL|PANIC):/.test(output)) return;
  throw new EmbeddedPostgresError({
    code: 'password_rejected',
    what: `The password of the database ${DATABASE} is lost and a new one could not be set: ${output.slice(-500)}`,
    where: passwordFile,
    remedy: `Put the file back from a backup, or read ${logFile}.`,
  });
}
