import { readFile, rename, writeFile } from 'node:fs/promises';
import { type NotedHead } from '@landlord/kernel';
import { z } from 'zod';

const headsFile = z.strictObject({
  format: z.literal(1),
  heads: z.record(
    z.string(),
    z.strictObject({ sequence: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** Where chains ended when they were noted, by tenant. */
export type NotedHeads = Readonly<Record<string, NotedHead>>;

/** Throws, naming the file, when it is not one that `writeHeads` wrote. */
export async function readHeads(path: string): Promise<NotedHeads> {
  try {
    return headsFile.parse(JSON.parse(await readFile(path, 'utf8'))).heads;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error;
    throw new Error(isMissing ? `${path} cannot be read: ${error.code}` : `${path} is no file of heads`);
  }
}

/** All or nothing: an interrupted run leaves the file as it was. */
export async function writeHeads(path: string, heads: NotedHeads): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, `${JSON.stringify({ format: 1, heads }, null, 2)}\n`);
  await rename(draft, path);
}
