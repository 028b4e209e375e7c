import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from './embedded-postgres.fixture.js';
import { claimLock } from './lock-claim.js';
import { identifyProcess } from './process-identity.js';

/** The steps of a take-over, each as another process may have left it. */
describe('claimLock', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let path: string;
  let draft: string;
  let living: string;

  const record = (nonce: string, startedAs = 'earlier') =>
    JSON.stringify({ pid: process.pid, startedAs, host: hostname(), nonce });
  const successor = (of: string, text: string) =>
    `${of}.after-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

  beforeEach(async () => {
    folder = await temporaryFolder();
    path = join(folder.path, 'lock');
    draft = join(folder.path, 'draft');
    living = record('mine', (await identifyProcess(process.pid))?.startedAs);
    await writeFile(draft, living);
  });

  afterEach(() => folder.remove());

  it('leaves the take-over to a living process that is in the middle of it', async () => {
    const stale = record('stale');
    await writeFile(path, stale);
    await writeFile(successor(path, stale), living);
    expect(await claimLock({ path, draft })).toEqual({ kind: 'overtaken' });
    expect(await readFile(path, 'utf8')).toBe(stale);
  });

  it('finishes the take-over of a process that was killed in the middle of it', async () => {
    const stale = record('stale');
    await writeFile(path, stale);
    await writeFile(successor(path, stale), record('killed too'));
    expect(await claimLock({ path, draft })).toEqual({ kind: 'claimed' });
    expect(await readFile(path, 'utf8')).toBe(living);
    expect((await readdir(folder.path)).sort()).toEqual(['draft', 'lock']);
  });

  it('gives up a chain of killed take-overs deeper than it looks', async () => {
    let at = path;
    for (let depth = 0; depth < 6; depth += 1) {
      const stale = record(`stale ${depth}`);
      await writeFile(at, stale);
      at = successor(at, stale);
    }
    expect(await claimLock({ path, draft })).toEqual({ kind: 'overtaken' });
  });

  it('names the living holder', async () => {
    await writeFile(path, living);
    expect(await claimLock({ path, draft })).toMatchObject({ kind: 'held', holder: { pid: process.pid } });
  });
});
