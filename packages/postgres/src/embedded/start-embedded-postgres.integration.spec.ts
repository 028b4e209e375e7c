import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query, queryValue, temporaryFolder } from './embedded-postgres.fixture.js';
import { type EmbeddedPostgres, type LogEntry, startEmbeddedPostgres } from './index.js';

describe('startEmbeddedPostgres', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const running: EmbeddedPostgres[] = [];

  async function start(log: (entry: LogEntry) => void = () => {}): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDir: folder.path, log });
    running.push(postgres);
    return postgres;
  }

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
    await folder.remove();
  });

  it('makes a cluster at first, keeps it, and starts in the promised time', async () => {
    const beganMs = performance.now();
    const first = await start();
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    await query(first.connectionString, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const againMs = performance.now();
    const second = await start();
    expect(performance.now() - againMs).toBeLessThan(1_500);
    expect(await queryValue(second.connectionString, '(SELECT answer FROM kept)')).toBe(42);
    expect(second.version).toMatch(/^18\.\d+$/);
  });

  it('is durable, modest and for this machine only', async () => {
    const { connectionString } = await start();
    const rows = await query(connectionString, 'SELECT name, setting FROM pg_settings');
    const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
    const expected = {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
      server_encoding: 'UTF8',
      TimeZone: 'UTC',
      jit: 'off',
      max_connections: '50',
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, settings.get(name)]))).toEqual(
      expected,
    );
    const locale =
      "(SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'landlord')";
    expect(await queryValue(connectionString, locale)).toBe('b C.UTF-8');
    expect(await queryValue(connectionString, "upper('élan')")).toBe('ÉLAN');
  });

  it('lets nobody in without the password, which is in a file for its owner alone', async () => {
    const { connectionString } = await start();
    const { mode } = await stat(join(folder.path, 'postgres.password'));
    expect(mode & 0o777).toBe(0o600);
    const wrong = connectionString.replace(/:[0-9a-f]+@/, ':0000@');
    await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await queryValue(connectionString, 'current_database()')).toBe('landlord');
  });

  it('sets a new password when the file is lost', async () => {
    const first = await start();
    await query(first.connectionString, 'CREATE TABLE kept AS SELECT 1 AS answer');
    await first.stop();
    await truncate(join(folder.path, 'postgres.password'));
    const messages: string[] = [];
    const second = await start(({ message }) => messages.push(message));
    expect(second.connectionString).not.toBe(first.connectionString);
    expect(await queryValue(second.connectionString, '(SELECT answer FROM kept)')).toBe(1);
    expect(messages).toContainEqual(expect.stringContaining('setting a new one'));
  });

  it('says when the password in the file is not the one of the cluster', async () => {
    await (await start()).stop();
    await writeFile(join(folder.path, 'postgres.password'), '0'.repeat(48));
    await expect(start()).rejects.toMatchObject({ code: 'password_rejected' });
    // Nothing is left running, and the folder is free for the next attempt.
    await writeFile(join(folder.path, 'postgres.password'), '');
    await start();
  });

  it('gives a setting of the caller precedence', async () => {
    const postgres = await startEmbeddedPostgres({
      dataDir: folder.path,
      settings: { max_connections: '17', work_mem: '5MB' },
    });
    running.push(postgres);
    expect(await queryValue(postgres.connectionString, "current_setting('max_connections')")).toBe('17');
    expect(await queryValue(postgres.connectionString, "current_setting('work_mem')")).toBe('5MB');
  });

  it('refuses a second owner of the folder, naming the process, and is free after a stop', async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: expect.stringContaining(`this process (pid ${process.pid})`),
    });
    await Promise.all([first.stop(), first.stop()]);
    await start();
  });

  it('writes the log of the server, without statements', async () => {
    const { connectionString } = await start();
    await query(connectionString, 'SELECT 1/0 AS secret').catch(() => {});
    const log = await readFile(join(folder.path, 'logs', 'postgres.log'), 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).toContain('division by zero');
    expect(log).not.toContain('secret');
  });
});
