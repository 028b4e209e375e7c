import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { DATABASE, OWNER_ROLE } from './cluster.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { ServerProcess } from './server-process.js';
import { systemCode } from './system-error.js';

const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 250;
const CONNECT_TIMEOUT_MS = 5_000;
const MAINTENANCE_DATABASE = 'postgres';
const WRONG_PASSWORD = '28P01';

export interface Readiness {
  readonly server: ServerProcess;
  readonly password: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Named in errors. */
  readonly clusterDir: string;
}

/**
 * Waits until the server answers in the database, which is made when it is missing. False when the
 * server ended before. Throws `start_timeout` and `password_rejected`, and when `signal` aborts.
 */
export async function becomesReady(readiness: Readiness): Promise<boolean> {
  const { server, timeoutMs, signal, clusterDir } = readiness;
  const deadline = performance.now() + timeoutMs;
  let pauseMs = FIRST_PAUSE_MS;
  while (!server.hasEnded()) {
    signal.throwIfAborted();
    const refusal = await attempt(readiness);
    if (refusal === undefined) return true;
    if (refusal === WRONG_PASSWORD && !server.hasEnded()) throw passwordRejected(clusterDir);
    if (performance.now() >= deadline) throw startTimeout(clusterDir, timeoutMs, refusal);
    await Promise.race([server.ended, delay(pauseMs)]);
    // Each refusal is a line in the log, and a recovery may take minutes.
    pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 1.5);
  }
  return false;
}

/**
 * Undefined when it worked, else the code or message of the refusal. A server that ends meanwhile ends the
 * attempt: somebody else may have taken its port, and may never answer.
 */
async function attempt({ server, password }: Readiness): Promise<string | undefined> {
  const socket = new Socket();
  const client = new Client({
    connectionString: connectionString(server.port, password, MAINTENANCE_DATABASE),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    stream: () => socket,
  });
  client.on('error', () => {});
  void server.ended.then(() => socket.destroy());
  try {
    await client.connect();
    await ensureDatabase(client);
    return undefined;
  } catch (error) {
    return systemCode(error) ?? (error instanceof Error ? error.message : String(error));
  } finally {
    socket.destroy();
  }
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
}

export function connectionString(port: number, password: string, database: string = DATABASE): string {
  return `postgres://${OWNER_ROLE}:${password}@127.0.0.1:${port}/${database}`;
}

function passwordRejected(clusterDir: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError({
    code: 'password_rejected',
    what: `PostgreSQL refuses the password of ${OWNER_ROLE} in postgres.password`,
    where: clusterDir,
    remedy:
      'Put back the postgres.password that belongs to this cluster, or delete it to have a new one set.',
  });
}

function startTimeout(clusterDir: string, timeoutMs: number, refusal: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError({
    code: 'start_timeout',
    what: `PostgreSQL was not ready within ${timeoutMs} ms (last answer: ${refusal})`,
    where: clusterDir,
    remedy: 'It may still be recovering: start again with a longer startTimeoutMs, and read its log.',
  });
}
