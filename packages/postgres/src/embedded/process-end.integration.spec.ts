import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  endProgram,
  isGone,
  killed,
  serverPid,
  startProgram,
  temporaryFolder,
} from './embedded-postgres.fixture.js';

describe('the end of the process', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) await endProgram(child, folder.path);
    await folder.remove();
  });

  it.each(['end', 'exit'] as const)(
    'takes the server along when the program comes to its %s',
    async (behaviour) => {
      const { child } = await startProgram(folder.path, { behaviour });
      children.push(child);
      const server = await serverPid(folder.path);
      if (child.exitCode === null) await once(child, 'exit');
      expect(child.exitCode).toBe(0);
      expect(await isGone(server)).toBe(true);
    },
  );

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'takes the server along at %s, which still ends the process',
    async (signal) => {
      const { child } = await startProgram(folder.path);
      children.push(child);
      const server = await serverPid(folder.path);
      await killed(child, signal);
      expect(child.signalCode).toBe(signal);
      expect(await isGone(server)).toBe(true);
    },
  );

  it('keeps Ctrl-C, which reaches the whole process group, from the server', async () => {
    const { child, pid } = await startProgram(folder.path, { detached: true });
    children.push(child);
    const server = await serverPid(folder.path);
    expect(await processGroup(server)).not.toBe(await processGroup(pid));
    expect(await processGroup(pid)).toBe(pid);
  });
});

async function processGroup(pid: number): Promise<number> {
  const child = spawn('ps', ['-o', 'pgid=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child, 'close');
  return Number(output.trim());
}
