import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    const { child } = await startProgramWithoutWaiting(folder.path);
    children.push(child);
    await unfinishedCluster(folder.path);
    await killed(child, 'SIGKILL');
    expect(await readdir(folder.path)).not.toContain('postgres');
    const postgres = await start();
    await commit(postgres.connectionString);
    expect((await readdir(folder.path)).filter((name) => name.includes('unfinished'))).toEqual([]);
  });
});

async function startProgramWithoutWaiting(dataDir: string): Promise<{ child: ChildProcess }> {
  const program = new URL('start-program.fixture.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, dataDir], { stdio: 'ignore', cwd: '/' });
  await once(child, 'spawn');
  return { child };
}

/** Settles when initdb has written a part of the cluster. */
async function unfinishedCluster(dataDir: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const name = (await readdir(dataDir)).find((entry) => entry.startsWith('postgres.unfinished-'));
    const inside = name === undefined ? [] : await readdir(join(dataDir, name)).catch(() => []);
    if (inside.includes('base')) return;
  }
  throw new Error('initdb never began');
}
