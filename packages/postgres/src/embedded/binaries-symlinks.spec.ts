import { mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSymlinks, parseSymlinks } from './binaries-symlinks.js';
import { temporaryFolder } from './embedded-postgres.fixture.js';

const list = '[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]';

describe('parseSymlinks', () => {
  it.each([
    [list, [{ path: 'native/lib/libpq.so.5', content: 'libpq.so.5.18' }]],
    ['[{"source":"native/a/x","target":"native/b/y"}]', [{ path: 'native/b/y', content: '../a/x' }]],
    ['[{"source":1,"target":"x"}, null, "x", {}]', []],
    ['{}', []],
  ])('%s', (json, expected) => {
    expect(parseSymlinks(json)).toEqual(expected);
  });
});

describe('createSymlinks', () => {
  it('may be done twice at once, and again, and keeps a file that is there', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder.path, 'native', 'lib'), { recursive: true });
    await writeFile(join(folder.path, 'native', 'pg-symlinks.json'), list);
    await Promise.all([createSymlinks(folder.path), createSymlinks(folder.path)]);
    await createSymlinks(folder.path);
    expect(await readlink(join(folder.path, 'native', 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    await folder.remove();
  });

  it('has nothing to do where there is no list, as on Windows', async () => {
    const folder = await temporaryFolder();
    await expect(createSymlinks(folder.path)).resolves.toBeUndefined();
    await folder.remove();
  });
});
