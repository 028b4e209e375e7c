import { spawnSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareBinaries } from './binaries.js';
import {
  asRoot,
  isGone,
  killed,
  NOBODY,
  query,
  queryValue,
  serverPid,
  startProgram,
  temporaryFolder,
} from './embedded-postgres.fixture.js';
import { startEmbeddedPostgres } from './index.js';
import { packageRoot } from './platform.js';

/** These need root, which alone can become another user; as an ordinary user all other tests cover that case. */
describe.runIf(asRoot)('as root', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await folder.remove();
  });

  it('runs the server as an unprivileged user in a folder that user cannot reach', async () => {
    await chmod(folder.path, 0o700);
    const dataDir = join(folder.path, 'checkout', '.landlord');
    expect(canEnter(folder.path)).toBe(false);
    const postgres = await startEmbeddedPostgres({ dataDir });
    try {
      const pid = await serverPid(dataDir);
      expect((await stat(`/proc/${pid}`)).uid).not.toBe(0);
      expect((await stat(join(dataDir, 'postgres'))).uid).toBe((await stat(`/proc/${pid}`)).uid);
      await query(postgres.connectionString, 'CREATE TABLE kept AS SELECT 1 AS n');
      await query(postgres.connectionString, 'CHECKPOINT');
      await query(postgres.connectionString, 'VACUUM FULL kept');
      const restarted = new Promise<void>((resolve) => {
        postgres.onRestart(resolve);
      });
      process.kill(pid, 'SIGKILL');
      await restarted;
      expect(await queryValue(postgres.connectionString, '(SELECT count(*)::int FROM kept)')).toBe(1);
    } finally {
      await postgres.stop();
    }
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    expect((await stat(folder.path)).uid).toBe(0);
  });

  it('finds the server of a killed process in a folder that the server cannot reach', async () => {
    await chmod(folder.path, 0o700);
    const { child } = await startProgram(join(folder.path, 'data'));
    const stray = await serverPid(join(folder.path, 'data'));
    await killed(child, 'SIGKILL');
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder.path, 'data') });
    await postgres.stop();
    expect(await isGone(stray, 0)).toBe(true);
  });

  it('keeps the owner of a cluster, and gives away what root restored from a copy', async () => {
    await chown(folder.path, NOBODY, NOBODY);
    const owner = 12_345;
    await (await startEmbeddedPostgres({ dataDir: folder.path })).stop();
    await giveTo(join(folder.path, 'postgres'), owner);
    await (await startEmbeddedPostgres({ dataDir: folder.path })).stop();
    expect((await stat(join(folder.path, 'postgres', 'PG_VERSION'))).uid).toBe(owner);
    await giveTo(join(folder.path, 'postgres'), 0);
    await (await startEmbeddedPostgres({ dataDir: folder.path })).stop();
    expect((await stat(join(folder.path, 'postgres', 'PG_VERSION'))).uid).not.toBe(0);
  });

  it('runs for an ordinary user too', async () => {
    await chown(folder.path, NOBODY, NOBODY);
    const { child, answer } = await startProgram(folder.path, { uid: NOBODY });
    expect(answer.error).toBeUndefined();
    expect(await queryValue(answer.connectionString ?? '', '1')).toBe(1);
    const server = await serverPid(folder.path);
    await killed(child, 'SIGTERM');
    expect(await isGone(server)).toBe(true);
  });
});

describe.runIf(asRoot)('programs that the server account cannot reach', () => {
  const account = { uid: NOBODY, gid: NOBODY };
  let hidden: string;
  let copiesDir: string;
  let root: string;

  beforeEach(async () => {
    hidden = await mkdtemp(join(tmpdir(), 'landlord-hidden-'));
    root = join(hidden, 'package');
    await cp(packageRoot(), root, { recursive: true, verbatimSymlinks: true });
    copiesDir = join(await mkdtemp(join(tmpdir(), 'landlord-copies-')), 'landlord');
    await chmod(join(copiesDir, '..'), 0o755);
  });

  afterEach(async () => {
    await rm(hidden, { recursive: true, force: true });
    await rm(join(copiesDir, '..'), { recursive: true, force: true });
  });

  it('are copied once, by whoever is first of two, with the links an installation without scripts lacks', async () => {
    await removeLinks(join(root, 'native', 'lib'));
    const both = await Promise.all([1, 2].map(() => prepareBinaries({ account, copiesDir, root })));
    expect(both.map(({ postgres }) => postgres.startsWith(copiesDir))).toEqual([true, true]);
    expect(await readdir(copiesDir)).toHaveLength(1);
    const [first] = await readdir(copiesDir);
    const { ino } = await stat(join(copiesDir, first ?? ''));
    await prepareBinaries({ account, copiesDir, root });
    expect((await stat(join(copiesDir, first ?? ''))).ino).toBe(ino);
  });

  it('are copied for this run alone when the lasting place is open to others', async () => {
    await mkdir(copiesDir);
    await chmod(copiesDir, 0o777);
    const binaries = await prepareBinaries({ account, copiesDir, root });
    expect(binaries.postgres.startsWith(join(tmpdir(), 'landlord-postgres-'))).toBe(true);
    await binaries.dispose();
    await expect(stat(binaries.postgres)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('say so when the copy does not run either', async () => {
    await rm(join(root, 'native', 'lib', 'libpq.so.5.18'), { force: true });
    await rm(join(root, 'native', 'bin', 'postgres'));
    await expect(prepareBinaries({ account, copiesDir, root })).rejects.toMatchObject({
      code: 'binaries_unusable',
      message: expect.stringContaining('npm install --include=optional'),
    });
  });
});

function canEnter(path: string): boolean {
  return spawnSync('ls', [path], { uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0;
}

async function giveTo(path: string, uid: number): Promise<void> {
  spawnSync('chown', ['-R', `${uid}:${uid}`, path]);
}

async function removeLinks(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(folder, entry.name));
  }
}
