import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from './system-error.js';

/** A process, told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system says it; opaque. */
  readonly startedAs: string;
}

const runFile = promisify(execFile);
const PS_TIMEOUT_MS = 5_000;

/** The running process with this pid; undefined when there is none, or only a zombie. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  switch (process.platform) {
    case 'linux':
      return identifyOnLinux(pid);
    case 'win32':
      return respondsToSignals(pid) ? { pid, startedAs: 'unknown' } : undefined;
    default:
      return identifyByPs(pid);
  }
}

export async function isRunning({ pid, startedAs }: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(pid))?.startedAs === startedAs;
}

export interface ProcessStat {
  readonly state: string;
  /** Clock ticks between the boot of the machine and the start of the process. */
  readonly startTicks: string;
}

/** Reads /proc/<pid>/stat; the name in parentheses may hold spaces and parentheses itself. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = fields[19];
  return state && startTicks ? { state, startTicks } : undefined;
}

async function identifyOnLinux(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readGone(`/proc/${pid}/stat`);
  const parsed = stat === undefined ? undefined : parseProcessStat(stat);
  if (parsed === undefined || parsed.state === 'Z' || parsed.state === 'X') return undefined;
  const bootId = (await readGone('/proc/sys/kernel/random/boot_id'))?.trim() ?? 'unknown';
  return { pid, startedAs: `${bootId}:${parsed.startTicks}` };
}

async function readGone(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

async function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  if (!respondsToSignals(pid)) return undefined;
  try {
    const { stdout } = await runFile('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      timeout: PS_TIMEOUT_MS,
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    });
    const [state, ...startedAs] = stdout.trim().split(/\s+/);
    return state === undefined || state === '' || state.startsWith('Z')
      ? undefined
      : { pid, startedAs: startedAs.join(' ') };
  } catch {
    return undefined;
  }
}

export function respondsToSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
