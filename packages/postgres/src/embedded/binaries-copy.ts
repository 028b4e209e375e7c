import { createHash, randomUUID } from 'node:crypto';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { BinariesPlace } from './binaries.js';
import { createSymlinks } from './binaries-symlinks.js';
import { systemCode } from './system-error.js';

export interface CopyRequest {
  readonly root: string;
  /** The lasting place. */
  readonly copiesDir: string;
  readonly onFailure: (why: string) => void;
}

/** Copies of the programs, the lasting place first, then one in the temporary folder for this run alone. */
export async function* copyBinaries(request: CopyRequest): AsyncGenerator<BinariesPlace> {
  for (const copy of [() => lastingCopy(request.root, request.copiesDir), () => passingCopy(request.root)]) {
    try {
      yield await copy();
    } catch (error) {
      request.onFailure(error instanceof Error ? error.message : String(error));
    }
  }
}

async function lastingCopy(root: string, copiesDir: string): Promise<BinariesPlace> {
  await mkdir(copiesDir, { recursive: true });
  await assertPrivatelyWritable(copiesDir);
  await chmod(copiesDir, 0o755);
  const place = join(copiesDir, `postgres-${await contentHash(root)}`);
  if (!(await exists(place))) await copyTo(root, place);
  await assertPrivatelyWritable(place);
  return { root: place, dispose: async () => {} };
}

async function passingCopy(root: string): Promise<BinariesPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'landlord-postgres-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await chmod(folder, 0o755);
    const place = join(folder, 'copy');
    await copyTo(root, place);
    return { root: place, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Programs that another user could exchange must not be run: root would start what they put there. */
async function assertPrivatelyWritable(path: string): Promise<void> {
  const { uid, mode } = await lstat(path);
  if (uid === process.getuid?.() && (mode & 0o022) === 0) return;
  if (process.platform === 'win32') return;
  throw new Error(`${path} belongs to another user or is writable for others`);
}

/** Copies beside `place`, then renames, so that `place` is whole or absent; the first of two wins. */
async function copyTo(root: string, place: string): Promise<void> {
  const draft = `${place}.draft-${randomUUID()}`;
  try {
    await cp(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await createSymlinks(draft);
    await makeReadable(draft);
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(place))) throw error;
  }
}

async function makeReadable(path: string): Promise<void> {
  const entry = await lstat(path);
  if (entry.isSymbolicLink()) return;
  if (!entry.isDirectory()) return chmod(path, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
  await chmod(path, 0o755);
  for (const name of await readdir(path)) await makeReadable(join(path, name));
}

/** Changes with the package: every path and size, and what the server program contains. */
async function contentHash(root: string): Promise<string> {
  const hash = createHash('sha256');
  const native = join(root, 'native');
  for (const entry of (await readdir(native, { recursive: true, withFileTypes: true })).sort(byPath)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    hash.update(`${relative(native, path)} ${(await lstat(path)).size}\n`);
    if (/^postgres(\.exe)?$/.test(entry.name)) hash.update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

function byPath(
  left: { parentPath: string; name: string },
  right: { parentPath: string; name: string },
): number {
  return join(left.parentPath, left.name) < join(right.parentPath, right.name) ? -1 : 1;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
