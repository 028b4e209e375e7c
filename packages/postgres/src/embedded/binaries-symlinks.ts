import { readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { systemCode } from './system-error.js';

export interface Symlink {
  /** The link's path, from the package's folder. */
  readonly path: string;
  /** What the link says: relative to the link's folder. */
  readonly content: string;
}

/** Reads `native/pg-symlinks.json`: `[{ "source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5" }]`. */
export function parseSymlinks(json: string): readonly Symlink[] {
  const entries: unknown = JSON.parse(json);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    if (!('source' in entry) || !('target' in entry)) return [];
    const { source, target } = entry;
    if (typeof source !== 'string' || typeof target !== 'string') return [];
    return [{ path: target, content: relative(dirname(target), source) }];
  });
}

/**
 * Makes the library links that an npm package cannot hold and that its install script makes only when
 * scripts may run. Two processes may do so at once: a link that is there is right.
 */
export async function createSymlinks(root: string): Promise<void> {
  for (const { path, content } of parseSymlinks(await readList(root))) {
    try {
      await symlink(content, join(root, path));
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

async function readList(root: string): Promise<string> {
  try {
    return await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '[]';
    throw error;
  }
}
