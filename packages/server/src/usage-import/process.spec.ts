import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeUsageServer, tokenOf } from './testing/fake-usage-server.js';
import { type LogTruth, writeLog } from './testing/generate-log.js';

const command = `
  const { main } = await import(${JSON.stringify(new URL('./main.js', import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1), process.env, process);
`;

let server: FakeUsageServer;
let folder: string;
let file: string;
let truth: LogTruth;

beforeEach(async () => {
  server = await FakeUsageServer.start(['acme', 'globex']);
  folder = await mkdtemp(join(tmpdir(), 'usage-import-'));
  file = join(folder, 'access.log');
  const tenants = { acme: 3000, globex: 2000 };
  truth = await writeLog(file, {
    seed: 3,
    tenants,
    startMs: Date.UTC(2024, 0, 1),
    stepMs: 500,
    repeatPercent: 5,
  });
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('usage:import as a process', () => {
  it('resumes without double counting after kill -9 in the middle', async () => {
    const { killed } = await runAndSignal('SIGKILL');
    expect(killed).toBe('SIGKILL');
    expect(total(server.counts())).toBeLessThan(5000);
    server.interfere = () => undefined;
    const again = await finished(start());
    expect(again.code).toBe(0);
    expect(server.counts()).toEqual(truth.byTenant);
  }, 20_000);

  it('ends in good order on SIGINT: what is under way is finished, and the rest said to be left', async () => {
    const { code, out } = await runAndSignal('SIGINT');
    expect(code).toBe(1);
    expect(out).toContain('Stopped before the end of the file: interrupted');
    expect(out).toContain('resumes');
    const accepted = Number(/([\d,]+) {2}events accepted/.exec(out)?.[1]?.replaceAll(',', ''));
    expect(accepted).toBe(total(server.counts()));
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(5000);
  }, 20_000);
});

/** Sends the signal while the tenth request is under way; the request is answered afterwards. */
async function runAndSignal(signal: 'SIGKILL' | 'SIGINT') {
  const child = start();
  server.interfere = async ({ number }) => {
    if (number === 10) child.kill(signal);
    // Later requests stay open until the importer has had time to notice the signal.
    if (number >= 10)
      await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 200))]);
    return undefined;
  };
  return finished(child);
}

function start(): ChildProcess {
  const argv = [
    '--file',
    file,
    '--format',
    'combined',
    '--tenant-from',
    'path-segment',
    '--metric',
    'apiCalls',
  ];
  const token = tokenOf({ 'custom:roles': ['system_admin'] });
  return spawn(process.execPath, ['--input-type=module', '-e', command, '--', ...argv, '--batch', '50'], {
    env: { LANDLORD_URL: server.url, LANDLORD_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function finished(child: ChildProcess) {
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  const [code, killed] = await once(child, 'close');
  return { code, killed, out };
}

function total(counts: Map<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
