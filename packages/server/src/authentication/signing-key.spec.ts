import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSigningKey } from './signing-key.js';

describe('the signing key', () => {
  let dataDir = '';
  const file = () => join(dataDir, 'new', 'signing-key.jwk');

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'landlord-key-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is made once, for the owner only, and stays', async () => {
    const first = await loadSigningKey(join(dataDir, 'new'));
    const text = await readFile(file(), 'utf8');
    const second = await loadSigningKey(join(dataDir, 'new'));
    expect(second.keyId).toBe(first.keyId);
    expect(await readFile(file(), 'utf8')).toBe(text);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('is the same for all who make it at once, and leaves no drafts', async () => {
    const keys = await Promise.all(Array.from({ length: 12 }, () => loadSigningKey(join(dataDir, 'new'))));
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1);
    expect(await readdir(join(dataDir, 'new'))).toEqual(['signing-key.jwk']);
  });

  it.each([
    '',
    'not json',
    '{}',
    '{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}',
    '{"kty":"oct","k":"AA"}',
  ])('refuses a file that holds %j, and leaves it alone', async (text) => {
    const path = join(dataDir, 'signing-key.jwk');
    await writeFile(path, text);
    await expect(loadSigningKey(dataDir)).rejects.toThrow('is not a signing key of Landlord');
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});
