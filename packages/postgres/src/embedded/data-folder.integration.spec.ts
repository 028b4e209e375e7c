import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asRoot, endProgram, query, startProgram, temporaryFolder } from './embedded-postgres.fixture.js';
import { startEmbeddedPostgres } from './index.js';

describe('a data folder that cannot be used', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const mounts: string[] = [];

  const start = (dataDir: string) => startEmbeddedPostgres({ dataDir });

  function mountTmpfs(options: string): string {
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder.path]);
    if (status !== 0) throw new Error(`mount: ${stderr}`);
    mounts.push(folder.path);
    return folder.path;
  }

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    for (const mount of mounts.splice(0)) spawnSync('umount', [mount]);
    await folder.remove();
  });

  it('is a file', async () => {
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    for (const dataDir of [file, join(file, 'below')]) {
      await expect(start(dataDir)).rejects.toMatchObject({ code: 'data_dir_invalid', where: dataDir });
    }
  });

  it('holds something else where the cluster belongs', async () => {
    await mkdir(join(folder.path, 'postgres'));
    await writeFile(join(folder.path, 'postgres', 'letter.txt'), 'mine');
    await expect(start(folder.path)).rejects.toMatchObject({ code: 'not_a_cluster' });
    expect(await readdir(join(folder.path, 'postgres'))).toEqual(['letter.txt']);
    expect(await readdir(folder.path)).not.toContain('landlord.lock');
  });

  it('holds a cluster of another major version', async () => {
    await mkdir(join(folder.path, 'postgres'));
    await writeFile(join(folder.path, 'postgres', 'PG_VERSION'), '15\n');
    await expect(start(folder.path)).rejects.toMatchObject({
      code: 'version_mismatch',
      message: expect.stringMatching(/made by PostgreSQL 15, and the installed one is 18\..*pg_dump/),
    });
  });

  it('belongs to another process, which is named', async () => {
    const { child, pid } = await startProgram(folder.path);
    try {
      await expect(start(folder.path)).rejects.toMatchObject({
        code: 'data_dir_in_use',
        message: expect.stringContaining(`in use by process ${pid} (${folder.path})`),
      });
    } finally {
      await endProgram(child, folder.path);
    }
  });

  /** Mounting needs root. */
  describe.runIf(asRoot)('on a disk of its own', () => {
    it('is read-only', async () => {
      const dataDir = mountTmpfs('ro');
      await expect(start(dataDir)).rejects.toMatchObject({
        code: 'data_dir_unwritable',
        message: expect.stringContaining('EROFS'),
      });
    });

    it.each(['64k', '8m', '30m'])('has only %s', async (size) => {
      const dataDir = mountTmpfs(`size=${size}`);
      await expect(start(dataDir)).rejects.toMatchObject({ code: 'disk_full' });
      expect((await readdir(dataDir)).filter((name) => name.startsWith('postgres.unf'))).toEqual([]);
    });

    it('becomes full while the server runs, loses nothing, and goes on when there is space again', async () => {
      const dataDir = mountTmpfs('size=120m');
      const small = { max_wal_size: '32MB', min_wal_size: '32MB' };
      const postgres = await startEmbeddedPostgres({ dataDir, settings: small });
      try {
        await query(postgres.connectionString, 'CREATE TABLE kept AS SELECT 1 AS n');
        const flood = "CREATE TABLE flood AS SELECT repeat('x', 1000) FROM generate_series(1, 200000)";
        await expect(query(postgres.connectionString, flood)).rejects.toThrow();
        // Without space for its log PostgreSQL can only end; with a little left it refuses the statement.
        const outcome = await Promise.race([postgres.failed, firstCount(postgres.connectionString)]);
        if (outcome instanceof Error) expect(outcome.message).toContain('disk of the data folder is full');
        else expect(outcome).toBe(1);
      } finally {
        await postgres.stop();
      }
      spawnSync('mount', ['-o', 'remount,size=300m', dataDir]);
      const again = await start(dataDir);
      try {
        expect(await firstCount(again.connectionString)).toBe(1);
      } finally {
        await again.stop();
      }
    });
  });
});

/** A server out of space may be recovering for a moment. */
async function firstCount(connectionString: string): Promise<unknown> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const rows = await query(connectionString, 'SELECT count(*)::int AS n FROM kept').catch(() => undefined);
    if (rows !== undefined) return rows[0]?.n;
    await delay(100);
  }
  return undefined;
}
