import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identifyProcess, isRunning, parseProcessStat } from './process-identity.js';

describe('parseProcessStat', () => {
  const after = 'S 1 2 3 0 -1 4194304 1 0 0 0 5 6 0 0 20 0 1 0 987654 1 1';

  it('finds state and start behind any name, with spaces and parentheses', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15 }), (name) => {
        expect(parseProcessStat(`42 (${name}) ${after}`)).toEqual({ state: 'S', startTicks: '987654' });
      }),
    );
  });

  it.each(['', '42', '42 (node)', '42 (node) S 1 2'])('refuses %j', (text) => {
    expect(parseProcessStat(text)).toBeUndefined();
  });
});

describe('identifyProcess', () => {
  it('knows this process again', async () => {
    const identity = await identifyProcess(process.pid);
    expect(identity?.startedAs).not.toBe('');
    expect(identity && (await isRunning(identity))).toBe(true);
  });

  it('tells it from another process that had its pid before', async () => {
    expect(await isRunning({ pid: process.pid, startedAs: 'an earlier start' })).toBe(false);
  });

  it('finds no process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(await identifyProcess(child.pid ?? 0)).toBeUndefined();
  });
});
