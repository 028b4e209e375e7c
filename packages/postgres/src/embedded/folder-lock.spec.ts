import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from './embedded-postgres.fixture.js';
import { lockFolder } from './folder-lock.js';

describe('lockFolder', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let path: string;

  const lock = (foreignWaitMs?: number) =>
    lockFolder({ path, folder: folder.path, ...(foreignWaitMs === undefined ? {} : { foreignWaitMs }) });
  const stale = (changes: object = {}) =>
    writeFile(
      path,
      JSON.stringify({ pid: process.pid, startedAs: 'earlier', host: hostname(), nonce: 'n', ...changes }),
    );

  beforeEach(async () => {
    folder = await temporaryFolder();
    path = join(folder.path, 'landlord.lock');
  });

  afterEach(() => folder.remove());

  it('is held until it is released, and leaves nothing behind', async () => {
    const held = await lock();
    expect(await readdir(folder.path)).toEqual(['landlord.lock']);
    await expect(lock()).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: expect.stringContaining(`pid ${process.pid}) (${folder.path})`),
    });
    await held.release();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each([
    ['a reused pid, or our own in a restarted container', () => stale()],
    ['a dead process', async () => stale({ pid: await deadPid() })],
    ['an empty file, after a power failure', () => writeFile(path, '')],
    ['nonsense', () => writeFile(path, '{"pid":"me"}')],
  ])('is taken over from %s', async (_, leave) => {
    await leave();
    const held = await lock();
    expect(await readFile(path, 'utf8')).toContain(`"pid":${process.pid}`);
    expect(await readdir(folder.path)).toEqual(['landlord.lock']);
    await held.release();
  });

  it('is not taken from a living process on another host, whose name it says', async () => {
    await stale({ host: 'other-container' });
    await expect(lock(0)).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: expect.stringContaining('other-container'),
    });
  });

  it('is taken from another host that is silent', async () => {
    await stale({ host: 'other-container' });
    const before = new Date(Date.now() - 60_000);
    await utimes(path, before, before);
    await (await lock(0)).release();
  });

  it('is left alone at the release when it is somebody else’s by now', async () => {
    const held = await lock();
    await stale({ nonce: 'theirs' });
    await held.release();
    expect(await readFile(path, 'utf8')).toContain('theirs');
  });

  it.each([
    ['no lock', async () => {}],
    ['a stale lock', () => stale()],
  ])('goes to exactly one of many that want it at once, from %s', async (_, leave) => {
    for (let round = 0; round < 10; round += 1) {
      await leave();
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lock()));
      const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      expect(winners).toHaveLength(1);
      expect(await readdir(folder.path)).toEqual(['landlord.lock']);
      await winners[0]?.release();
    }
  });

  it('goes to one of the processes that race for a stale lock', async () => {
    await stale();
    const program = `
      const { lockFolder } = await import(${JSON.stringify(new URL('folder-lock.js', import.meta.url).href)});
      const request = ${JSON.stringify({ path, folder: folder.path })};
      const outcome = await lockFolder(request).then(() => 'won', (error) => error.code);
      process.stdout.write(outcome);
      process.stdin.resume();`;
    const racers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const outcomes = await Promise.all(
      racers.map(async (racer) => String((await once(racer.stdout, 'data'))[0])),
    );
    for (const racer of racers) racer.stdin.end();
    expect(outcomes.sort()).toEqual(['data_dir_in_use', 'data_dir_in_use', 'data_dir_in_use', 'won']);
    await Promise.all(racers.map((racer) => racer.exitCode ?? once(racer, 'exit')));
  });
});

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}
