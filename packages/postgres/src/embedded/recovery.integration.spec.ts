import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UNFINISHED_PREFIX } from './data-layout.js';
import {
  asRoot,
  endProgram,
  killed,
  NOBODY,
  query,
  queryValue,
  serverPid,
  startProgram,
  temporaryFolder,
} from './embedded-postgres.fixture.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './index.js';
import { identifyProcess } from './process-identity.js';

describe('recovery', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const running: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  async function start(): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDir: folder.path });
    running.push(postgres);
    return postgres;
  }

  async function program(): Promise<{ child: ChildProcess; connectionString: string }> {
    const { child, answer } = await startProgram(folder.path);
    children.push(child);
    return { child, connectionString: answer.connectionString ?? '' };
  }

  const commit = (connectionString: string) =>
    query(connectionString, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  const committed = (connectionString: string) =>
    queryValue(connectionString, '(SELECT count(*)::int FROM kept)');

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
    for (const child of children.splice(0)) await endProgram(child, folder.path);
    await folder.remove();
  });

  it('stops the server that a killed process left, and starts anew', async () => {
    const { child, connectionString } = await program();
    await commit(connectionString);
    const stray = await serverPid(folder.path);
    await killed(child, 'SIGKILL');
    expect(await identifyProcess(stray)).toBeDefined();
    const postgres = await start();
    expect(await identifyProcess(stray)).toBeUndefined();
    expect(await committed(postgres.connectionString)).toBe(1000);
  });

  it('recovers when both the process and its server were killed', async () => {
    const { child, connectionString } = await program();
    await commit(connectionString);
    const server = await serverPid(folder.path);
    child.kill('SIGSTOP');
    process.kill(server, 'SIGKILL');
    await killed(child, 'SIGKILL');
    const postgres = await start();
    expect(await committed(postgres.connectionString)).toBe(1000);
  });

  it('passes over a postmaster.pid whose pid is another program by now, of the same user', async () => {
    const first = await start();
    await commit(first.connectionString);
    await first.stop();
    const other = spawn('sleep', ['60'], asRoot ? { uid: NOBODY, gid: NOBODY } : {});
    children.push(other);
    await once(other, 'spawn');
    await writeFile(
      join(folder.path, 'postgres', 'postmaster.pid'),
      `${other.pid}\n/elsewhere\n1\n5432\n\n127.0.0.1\n\n`,
    );
    const second = await start();
    expect(await committed(second.connectionString)).toBe(1000);
    expect(other.exitCode).toBeNull();
  });

  it('makes the cluster anew after an initialisation killed in its middle', async () => {
    // Its initdb lives on and still writes while the next start clears away.
    const began = unfinishedCluster(folder.path);
    const child = await startWithoutWaiting(folder.path);
    children.push(child);
    await began;
    await killed(child, 'SIGKILL');
    expect(await readdir(folder.path)).not.toContain('postgres');
    const postgres = await start();
    await commit(postgres.connectionString);
    expect(await committed(postgres.connectionString)).toBe(1000);
  });
});

async function startWithoutWaiting(dataDir: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('start-program.fixture.js', import.meta.url));
  const child = spawn(process.execPath, [program, dataDir], { stdio: 'ignore', cwd: '/' });
  await once(child, 'spawn');
  return child;
}

/** Settles as soon as a cluster is in the making. */
async function unfinishedCluster(dataDir: string): Promise<void> {
  for await (const { filename } of watch(dataDir, { signal: AbortSignal.timeout(20_000) })) {
    if (filename?.startsWith(UNFINISHED_PREFIX)) return;
  }
}
