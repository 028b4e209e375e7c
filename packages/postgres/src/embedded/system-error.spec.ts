import { describe, expect, it } from 'vitest';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { explainInitdb } from './initialise.js';
import { parsePostmasterPid } from './postmaster-file.js';
import { explainFileError } from './system-error.js';

describe('explainFileError', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['EROFS', 'data_dir_unwritable'],
    ['EACCES', 'data_dir_unwritable'],
    ['ENOTDIR', 'data_dir_invalid'],
  ])('%s is %s', (systemCode, code) => {
    expect(explainFileError(failure(systemCode), '/data')).toMatchObject({
      code,
      where: '/data',
      message: expect.stringMatching(/^The .* \(\/data\)\. .*\.$/),
    });
  });

  it('passes on what it does not know, and what is explained already', () => {
    const unknown = failure('EIO');
    expect(explainFileError(unknown, '/data')).toBe(unknown);
    const explained = new EmbeddedPostgresError({ code: 'disk_full', what: 'a', where: 'b', remedy: 'c' });
    expect(explainFileError(explained, '/data')).toBe(explained);
  });
});

describe('explainInitdb', () => {
  it.each([
    ['initdb: error: could not write file "x": No space left on device', 'disk_full'],
    ['initdb: error: could not look up effective user ID 4242: user does not exist', 'account_missing'],
    ['a\nb\nc\nd\ne', 'initdb_failed'],
  ])('%j', (output, code) => {
    expect(explainInitdb({ exitCode: 1, output }, '/c')).toMatchObject({ code });
  });
});

describe('parsePostmasterPid', () => {
  it.each([
    ['4242\n/data\n', 4242],
    ['-4242\n', 4242],
    ['', undefined],
    ['0\n', undefined],
    ['x1\n', undefined],
    ['99999999999\n', undefined],
  ])('%j', (text, expected) => {
    expect(parsePostmasterPid(text)).toBe(expected);
  });
});
