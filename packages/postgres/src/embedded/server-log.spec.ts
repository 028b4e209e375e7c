import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from './embedded-postgres.fixture.js';
import { ServerLog } from './server-log.js';

describe('ServerLog', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let path: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    path = join(folder.path, 'postgres.log');
  });

  afterEach(() => folder.remove());

  it('is bounded while the server keeps its descriptor, with one older copy', async () => {
    const log = new ServerLog(path, 100);
    const descriptor = await log.open();
    for (let round = 0; round < 3; round += 1) {
      await descriptor.appendFile(`${round}`.repeat(101));
      await log.bound();
      expect(await log.sizeBytes()).toBe(0);
      expect(await readFile(`${path}.1`, 'utf8')).toBe(`${round}`.repeat(101));
    }
    await descriptor.appendFile('after');
    expect(await readFile(path, 'utf8')).toBe('after');
    await descriptor.close();
  });

  it('is left alone while it is small enough or missing', async () => {
    const log = new ServerLog(path, 100);
    await log.bound();
    await writeFile(path, 'x'.repeat(100));
    await log.bound();
    expect(await log.sizeBytes()).toBe(100);
  });

  it('tells what was written since, also when it was emptied in between', async () => {
    const log = new ServerLog(path, 10);
    await writeFile(path, 'before');
    const size = await log.sizeBytes();
    expect(await log.readSince(size)).toBe('');
    await appendFile(path, ' and after');
    expect(await log.readSince(size)).toBe(' and after');
    await log.bound();
    await appendFile(path, 'new');
    expect(await log.readSince(size)).toBe('new');
  });

  it('tells at most 64 KiB', async () => {
    await writeFile(path, `${'x'.repeat(100_000)}end`);
    const text = await new ServerLog(path).readSince(0);
    expect(text).toHaveLength(65_536);
    expect(text.endsWith('end')).toBe(true);
  });
});
