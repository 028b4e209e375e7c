import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { identifyProcess } from './process-identity.js';

/** Whether a process is the server of a cluster; `unknown` when the system does not let us see. */
export type Relation = 'server' | 'other' | 'unknown';

export interface ClusterMark {
  readonly directory: string;
  /** The `cluster_name` the server was given, in its command line and in the titles of its children. */
  readonly name: string;
}

const runFile = promisify(execFile);
const PS_TIMEOUT_MS = 5_000;

/** Names a cluster by its folder's identity on disk, which a copy of the folder does not share. */
export async function clusterName(directory: string): Promise<string> {
  const { dev, ino } = await stat(directory, { bigint: true });
  return `landlord-${dev.toString(36)}-${ino.toString(36)}`;
}

export interface ProcessView {
  readonly argv: readonly string[];
  /** Whether it works in the cluster's folder; undefined when that cannot be read. */
  readonly inFolder: boolean | undefined;
}

/** A server works in its folder; where that cannot be seen its command line must do. */
export function relate({ argv, inFolder }: ProcessView, { directory, name }: ClusterMark): Relation {
  const [program] = argv;
  if (program === undefined) return 'unknown';
  if (!/^postgres(\.exe)?$/.test(basename(program))) return 'other';
  if (inFolder !== undefined) return inFolder ? 'server' : 'other';
  if (argv.includes(`cluster_name=${name}`)) return 'server';
  return argv[argv.indexOf('-D') + 1] === directory ? 'server' : 'unknown';
}

export async function relateProcess(pid: number, mark: ClusterMark): Promise<Relation> {
  if ((await identifyProcess(pid)) === undefined) return 'other';
  if (process.platform === 'linux') return relate(await viewOnLinux(pid, mark.directory), mark);
  if (process.platform === 'win32') return 'unknown';
  const { stdout } = await runFile('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
    timeout: PS_TIMEOUT_MS,
  }).catch(() => ({ stdout: '' }));
  return relateCommandLine(stdout.trim(), mark);
}

/** Without /proc the command line is one string, and a folder's name may hold spaces. */
export function relateCommandLine(command: string, { directory, name }: ClusterMark): Relation {
  if (command === '') return 'unknown';
  if (!/(^|\/)postgres( |$)/.test(command)) return 'other';
  if (command.includes(`cluster_name=${name} `)) return 'server';
  return command.includes(`-D ${directory} `) ? 'server' : 'unknown';
}

async function viewOnLinux(pid: number, directory: string): Promise<ProcessView> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return {
    argv: commandLine.split('\0').filter((word) => word !== ''),
    inFolder: await worksIn(pid, directory),
  };
}

async function worksIn(pid: number, directory: string): Promise<boolean | undefined> {
  try {
    const [cwd, folder] = await Promise.all([
      stat(`/proc/${pid}/cwd`, { bigint: true }),
      stat(directory, { bigint: true }),
    ]);
    return cwd.dev === folder.dev && cwd.ino === folder.ino;
  } catch {
    return undefined;
  }
}

/** Children of a killed server that have not noticed yet, by their titles `postgres: <name>: checkpointer`. */
export async function lingeringChildren(name: string): Promise<readonly number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const titles = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => titles[index]?.startsWith(`postgres: ${name}: `));
}
