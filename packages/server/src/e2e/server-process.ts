import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase } from '@landlord/postgres/testing';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const RUN = join(ROOT, 'scripts', 'run.mjs');
const START_LIMIT_MS = 60_000;

export interface ServerProcessOptions {
  readonly dataDir: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Instead of the shipped server: a compiled script that prints its address like it. */
  readonly script?: string;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The server as a user starts it: a process of its own, on a free port, over a data folder. */
export class ServerProcess {
  private constructor(
    readonly url: string,
    readonly dataDir: string,
    private readonly child: ChildProcess,
    private readonly output: { stdout: string; stderr: string },
  ) {}

  static async start({ dataDir, env = {}, script }: ServerProcessOptions): Promise<ServerProcess> {
    const args = script === undefined ? [RUN, 'server'] : [script];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...cleanEnvironment(), PORT: '0', LANDLORD_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output.stderr = (output.stderr + chunk).slice(-200_000);
    });
    const url = await addressOf(child, output);
    return new ServerProcess(url, dataDir, child, output);
  }

  get stdout(): string {
    return this.output.stdout;
  }

  get logs(): string {
    return this.output.stderr;
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  /** Sends the signal and resolves when the process is gone. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
    return this.child.exitCode;
  }

  stop(): Promise<number | null> {
    return this.kill('SIGTERM');
  }

  async postgresPid(): Promise<number> {
    return postgresPidOf(this.dataDir);
  }

  token(...args: string[]): Promise<string> {
    return printToken(this.dataDir, args);
  }
}

export async function postgresPidOf(dataDir: string): Promise<number> {
  const text = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

export async function printToken(dataDir: string, args: readonly string[]): Promise<string> {
  const result = await runCommand('token', args, { LANDLORD_DATA_DIR: dataDir });
  if (result.code !== 0) throw new Error(`the token command failed: ${result.stderr}`);
  return result.stdout.trim();
}

/** `npm run -s <name> -- <args>`, without npm. */
export async function runCommand(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CommandResult> {
  try {
    const options = { env: { ...cleanEnvironment(), ...env }, cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [RUN, name, ...args], options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

export interface TestPlace {
  readonly path: string;
  /** For the server's environment: a database of its own where the run is to use another server than the embedded one. */
  readonly env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

/** A data folder of its own; with LANDLORD_TEST_DATABASE_URL also a database on that server. */
export async function testPlace(): Promise<TestPlace> {
  const path = await mkdtemp(join(tmpdir(), 'landlord-e2e-'));
  const serverUrl = process.env.LANDLORD_TEST_DATABASE_URL;
  const database = serverUrl === undefined ? null : await createTestDatabase(serverUrl);
  const remove = async () => {
    await database?.drop();
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  };
  return { path, env: database ? { DATABASE_URL: database.url } : {}, remove };
}

/** The caller's own settings must not reach the server under test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(LANDLORD_|OIDC_|DATABASE_URL$|PORT$|HOST$|VITEST)/.test(name),
  );
  return Object.fromEntries(kept);
}

async function addressOf(child: ChildProcess, output: { stdout: string; stderr: string }): Promise<string> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(output.stdout) ?? [];
    if (address) return address;
    if (child.exitCode !== null || child.signalCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`the server did not start:\n${output.stdout}\n${output.stderr}`);
}
