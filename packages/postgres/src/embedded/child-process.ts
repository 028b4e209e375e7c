import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from 'node:child_process';
import type { Account } from './account.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { systemCode } from './system-error.js';

export interface ChildSurroundings {
  readonly account: Account | undefined;
  readonly cwd: string;
}

/**
 * Options for every PostgreSQL program. Their own process group, so that Ctrl-C in a terminal reaches
 * Node.js alone, which decides. An environment of our own: PGDATA, LD_LIBRARY_PATH and their like would
 * change what is started.
 */
function childOptions({ account, cwd }: ChildSurroundings): SpawnOptions {
  const windows = process.platform === 'win32';
  return {
    cwd,
    detached: !windows,
    windowsHide: true,
    env: windows ? process.env : { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  };
}

export interface ProgramStart extends ChildSurroundings {
  readonly program: string;
  readonly args: readonly string[];
}

/** Throws what Node.js throws at once, explained; other failures come as the event `error`. */
export function startChild(start: ProgramStart, stdio: StdioOptions): ChildProcess {
  try {
    return spawn(start.program, start.args, { ...childOptions(start), stdio });
  } catch (error) {
    throw explainSpawnError(error, start);
  }
}

export interface ProgramRun extends ProgramStart {
  readonly timeoutMs: number;
  /** An open file that the program sees as descriptor 3. */
  readonly descriptor?: number;
  /** What the program reads on its standard input; nothing by default. */
  readonly input?: string;
}

export interface ProgramResult {
  /** The exit code; null after a signal, such as the one that ends a run that takes too long. */
  readonly exitCode: number | null;
  readonly output: string;
}

const MAX_OUTPUT_CHARACTERS = 64 * 1024;

/** Runs a program to its end. Rejects when it cannot be started at all. */
export function runProgram(run: ProgramRun): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const input = run.input === undefined ? 'ignore' : 'pipe';
    const child = startChild(run, [input, 'pipe', 'pipe', run.descriptor ?? 'ignore']);
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT_CHARACTERS);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.stdin?.on('error', () => {});
    child.stdin?.end(run.input);
    const timer = setTimeout(() => child.kill('SIGKILL'), run.timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(explainSpawnError(error, run));
    });
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, output: output.trim() });
    });
  });
}

/** Root without the right to become another user (dropped capabilities, a user namespace of one user). */
export function explainSpawnError(error: unknown, { account }: ChildSurroundings): unknown {
  const code = systemCode(error);
  if (account === undefined || (code !== 'EPERM' && code !== 'EINVAL')) return error;
  return new EmbeddedPostgresError({
    code: 'account_change_refused',
    what: `PostgreSQL refuses to run as root, and this system does not let root start it as user ${account.uid} (${code})`,
    where: `uid ${account.uid}, gid ${account.gid}`,
    remedy: 'Start as an ordinary user, allow SETUID and SETGID in the container, or set DATABASE_URL.',
    cause: error,
  });
}
