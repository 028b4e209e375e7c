import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './system-error.js';

export interface PostmasterFile {
  readonly path: string;
  readonly pid: number;
  /** Undefined until the server listens. */
  readonly port: number | undefined;
}

/** Reads the first line of `postmaster.pid`; single-user mode writes the pid as a negative number. */
export function parsePostmasterPid(text: string): number | undefined {
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  return /^-?\d{1,10}$/.test(line) && Number(line) !== 0 ? Math.abs(Number(line)) : undefined;
}

/** The fourth line of `postmaster.pid`. */
export function parsePostmasterPort(text: string): number | undefined {
  const line = text.split('\n')[3]?.trim() ?? '';
  return /^\d{1,5}$/.test(line) && Number(line) > 0 ? Number(line) : undefined;
}

/** The server that runs, or ran, on this cluster; undefined when the last one was shut down. */
export async function readPostmasterFile(clusterDir: string): Promise<PostmasterFile | undefined> {
  const path = join(clusterDir, 'postmaster.pid');
  try {
    const text = await readFile(path, 'utf8');
    const pid = parsePostmasterPid(text);
    return pid === undefined ? undefined : { path, pid, port: parsePostmasterPort(text) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
