import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainSpawnError, runProgram } from './child-process.js';
import { temporaryFolder } from './embedded-postgres.fixture.js';

const surroundings = { account: undefined, cwd: '/' };

function runNode(code: string, options: { input?: string; descriptor?: number; timeoutMs?: number } = {}) {
  return runProgram({
    ...surroundings,
    program: process.execPath,
    args: ['-e', code],
    timeoutMs: 20_000,
    ...options,
  });
}

describe('runProgram', () => {
  it('gives the exit code and what was said on both streams', async () => {
    expect(await runNode("console.log('a'); console.error('b'); process.exitCode = 3")).toEqual({
      exitCode: 3,
      output: expect.stringMatching(/^(a\nb|b\na)$/),
    });
  });

  it('feeds the standard input, and does not mind a program that leaves it', async () => {
    expect((await runNode('process.stdin.pipe(process.stdout)', { input: 'hello' })).output).toBe('hello');
    expect((await runNode('', { input: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
  });

  it('ends a program that takes too long', async () => {
    expect((await runNode('setInterval(() => {}, 1000)', { timeoutMs: 50 })).exitCode).toBeNull();
  });

  it('keeps the end of what is said too much', async () => {
    const { output } = await runNode("process.stdout.write('x'.repeat(200000) + 'end')");
    expect(output).toHaveLength(65_536);
    expect(output.endsWith('xend')).toBe(true);
  });

  it('passes an open file as descriptor 3', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), 'from the file');
    const file = await open(join(folder.path, 'file'));
    const code = "process.stdout.write(require('node:fs').readFileSync(3, 'utf8'))";
    expect((await runNode(code, { descriptor: file.fd })).output).toBe('from the file');
    await file.close();
    await folder.remove();
  });

  it('keeps variables away that would change what PostgreSQL does', async () => {
    process.env.PGDATA = '/elsewhere';
    expect((await runNode('process.stdout.write(String(process.env.PGDATA))')).output).toBe('undefined');
    delete process.env.PGDATA;
  });

  it('explains that another user cannot be become', async () => {
    const run = { program: '/bin/true', args: [], account: { uid: -1, gid: -1 }, cwd: '/', timeoutMs: 1_000 };
    await expect(runProgram(run)).rejects.toMatchObject({
      code: 'account_change_refused',
      message: expect.stringContaining('DATABASE_URL'),
    });
  });
});

describe('explainSpawnError', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });
  const account = { uid: 1, gid: 1 };

  it.each([
    ['EPERM', account, 'account_change_refused'],
    ['EINVAL', account, 'account_change_refused'],
    ['ENOENT', account, 'ENOENT'],
    ['EPERM', undefined, 'EPERM'],
  ])('%s as %j', (code, as, expected) => {
    expect(explainSpawnError(failure(code), { account: as, cwd: '/' })).toMatchObject({ code: expected });
  });
});
