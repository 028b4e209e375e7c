import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The text of a secret file of a data folder, made at the first time. Processes that begin together agree on one. */
export async function keyFileText(
  { dataDir, name }: { readonly dataDir: string; readonly name: string },
  make: () => Promise<string>,
): Promise<string> {
  const file = join(dataDir, name);
  return (await readIfThere(file)) ?? (await createKeyFile(dataDir, file, await make()));
}

/** Written aside and put in place by a link, which fails when another process was first. */
async function createKeyFile(dataDir: string, file: string, text: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx' });
    await putInPlace(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

async function putInPlace(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // Some mounted folders know no links.
    await copyFile(draft, file, constants.COPYFILE_EXCL).catch((copyError: unknown) => {
      if (codeOf(copyError) !== 'EEXIST') throw copyError;
    });
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
