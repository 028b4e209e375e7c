import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { identifyProcess } from './process-identity.js';
import { eventually } from './termination.js';

export const asRoot = process.getuid?.() === 0;
export const NOBODY = 65_534;

/** A folder of its own for a test, which `remove` takes away. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'landlord-embedded-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export type Row = Record<string, unknown>;

/** One statement over a connection of its own. */
export async function query(connectionString: string, statement: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

export async function queryValue(connectionString: string, expression: string): Promise<unknown> {
  return (await query(connectionString, `SELECT ${expression} AS value`))[0]?.value;
}

export async function serverPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

export async function isGone(pid: number, waitMs = 10_000): Promise<boolean> {
  return eventually(async () => (await identifyProcess(pid)) === undefined, waitMs);
}

export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly answer: { readonly connectionString?: string; readonly error?: string };
}

export interface ProgramOptions {
  readonly behaviour?: 'hold' | 'end' | 'exit';
  readonly uid?: number;
  readonly detached?: boolean;
}

/** Runs the fixture program in a process of its own and waits for its line. */
export async function startProgram(dataDir: string, options: ProgramOptions = {}): Promise<Program> {
  const { behaviour = 'hold', uid, detached = false } = options;
  const program = fileURLToPath(new URL('start-program.fixture.js', import.meta.url));
  const child = spawn(process.execPath, [program, dataDir, behaviour], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    detached,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => ['{}'])]);
  return { child, pid: child.pid ?? 0, answer: JSON.parse(String(line)) };
}

/** Ends a program that a test may have left running, and its server, which ends after it. */
export async function endProgram(child: ChildProcess, dataDir: string): Promise<void> {
  const server = await serverPid(dataDir).catch(() => undefined);
  if (child.exitCode === null && child.signalCode === null) await killed(child, 'SIGTERM');
  if (server !== undefined) await isGone(server);
}

export async function killed(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
