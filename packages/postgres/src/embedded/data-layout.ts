import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onDataFile, systemCode } from './system-error.js';

/** Where things are inside the data folder. */
export interface DataLayout {
  readonly root: string;
  readonly lockFile: string;
  readonly passwordFile: string;
  readonly clusterDir: string;
  readonly binariesDir: string;
  readonly logsDir: string;
  readonly logFile: string;
}

/** A cluster in the making is called this and a random ending, until it is complete. */
export const UNFINISHED_PREFIX = 'postgres.unfinished-';

export function dataLayout(root: string): DataLayout {
  const logsDir = join(root, 'logs');
  return {
    root,
    lockFile: join(root, 'landlord.lock'),
    passwordFile: join(root, 'postgres.password'),
    clusterDir: join(root, 'postgres'),
    binariesDir: join(root, 'binaries'),
    logsDir,
    logFile: join(logsDir, 'postgres.log'),
  };
}

/** Makes the data folder, for its owner alone; one that is there keeps its permissions. */
export async function createDataFolders(layout: DataLayout): Promise<void> {
  for (const folder of [layout.root, layout.logsDir]) await onDataFile(folder, () => createFolder(folder));
}

/** Step by step: Node's recursive mkdir says ENOENT where the disk is read-only. */
async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && dirname(path) !== path) {
      await createFolder(dirname(path));
      return createFolder(path);
    }
    const isFolder = code !== 'ENOTDIR' && (await stat(path).catch(() => undefined))?.isDirectory();
    if (!isFolder) throw error;
  }
}

/** Makes the entries of a folder survive a power failure. Windows has no such call. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
