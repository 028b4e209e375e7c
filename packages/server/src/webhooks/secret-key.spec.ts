import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecretKey, parseSecretKey } from './secret-key.js';

describe('the key for secrets', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'landlord-key-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, also by several who begin together', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => loadSecretKey(folder, null)));
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(keys[0]?.length).toBe(32);
    expect(await readdir(folder)).toEqual(['secret-key']);
    if (process.platform !== 'win32')
      expect((await stat(join(folder, 'secret-key'))).mode & 0o777).toBe(0o600);
  });

  it('is the configured one, and then no file is made', async () => {
    const configured = new Uint8Array(32).fill(1);
    expect(await loadSecretKey(folder, configured)).toBe(configured);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that cannot be read is told, with what to do', async () => {
    await writeFile(join(folder, 'secret-key'), 'nonsense!');
    await expect(loadSecretKey(folder, null)).rejects.toThrow('is not a key of Landlord. Move it away');
  });

  it.each([
    [Buffer.alloc(32, 1).toString('base64'), 32],
    [Buffer.alloc(32, 255).toString('base64url'), 32],
    [Buffer.alloc(31, 1).toString('base64'), null],
    [Buffer.alloc(33, 1).toString('base64'), null],
    ['', null],
    ['not base64, is it?', null],
  ])('%j has %s bytes', (text, length) => {
    expect(parseSecretKey(text)?.length ?? null).toBe(length);
  });
});
