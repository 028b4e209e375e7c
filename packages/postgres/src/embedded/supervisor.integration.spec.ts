import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isGone, query, queryValue, serverPid, temporaryFolder } from './embedded-postgres.fixture.js';
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './index.js';
import { eventually } from './termination.js';

describe('a server killed under a living process', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const running: EmbeddedPostgres[] = [];

  async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDir: folder.path, ...options });
    running.push(postgres);
    return postgres;
  }

  const restartOf = (postgres: EmbeddedPostgres) =>
    new Promise<void>((resolve) => {
      postgres.onRestart(resolve);
    });

  const commit = (connectionString: string) =>
    query(connectionString, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  const committed = (connectionString: string) =>
    queryValue(connectionString, '(SELECT count(*)::int FROM kept)');

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
    await folder.remove();
  });

  it('restarts a killed server on the same port', async () => {
    const postgres = await start();
    await commit(postgres.connectionString);
    const restarted = restartOf(postgres);
    process.kill(await serverPid(folder.path), 'SIGKILL');
    await restarted;
    expect(await committed(postgres.connectionString)).toBe(1000);
  });

  it('restarts while a child of the killed server is too busy to notice', async () => {
    const postgres = await start();
    await commit(postgres.connectionString);
    const busy = new Client({ connectionString: postgres.connectionString });
    busy.on('error', () => {});
    await busy.connect();
    const count = busy.query(
      'SELECT count(*) FROM generate_series(1, 100000) AS a, generate_series(1, 100000) AS b',
    );
    const lost = expect(count).rejects.toThrow();
    const others =
      "(SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid())";
    const counting = async () => (await queryValue(postgres.connectionString, others)) === 1;
    expect(await eventually(counting, 5_000)).toBe(true);
    const restarted = restartOf(postgres);
    process.kill(await serverPid(folder.path), 'SIGKILL');
    await restarted;
    await lost;
    expect(await committed(postgres.connectionString)).toBe(1000);
    await busy.end().catch(() => {});
  });

  it('gives up after the restarts allowed, says so, and stops in peace', async () => {
    const messages: string[] = [];
    const postgres = await start({ maxRestarts: 2, log: ({ message }) => messages.push(message) });
    const { clusterDir, hidden } = {
      clusterDir: join(folder.path, 'postgres'),
      hidden: join(folder.path, 'hidden'),
    };
    const pid = await serverPid(folder.path);
    await rename(clusterDir, hidden);
    await mkdir(clusterDir);
    process.kill(pid, 'SIGKILL');
    const error = await postgres.failed;
    expect(error).toMatchObject({ code: 'restarts_exhausted', where: clusterDir });
    expect(messages).toContain(error.message);
    await postgres.stop();
  });

  it('can be stopped in the middle of a restart, and nothing is left', async () => {
    const postgres = await start();
    const pid = await serverPid(folder.path);
    process.kill(pid, 'SIGKILL');
    expect(await isGone(pid)).toBe(true);
    await postgres.stop();
    await expect(query(postgres.connectionString, 'SELECT 1')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(await readdir(folder.path)).not.toContain('landlord.lock');
  });

  it('leaves no second server when killed again and again', async () => {
    const postgres = await start({ maxRestarts: 10 });
    await commit(postgres.connectionString);
    for (let round = 0; round < 4; round += 1) {
      const restarted = restartOf(postgres);
      process.kill(await serverPid(folder.path), 'SIGKILL');
      await restarted;
      expect(await committed(postgres.connectionString)).toBe(1000);
    }
    const log = await readFile(join(folder.path, 'logs', 'postgres.log'), 'utf8');
    expect(log).not.toContain('PANIC');
  });
});
