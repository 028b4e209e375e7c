import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { onDataFile, systemCode } from './system-error.js';

/** Hexadecimal, so that it needs no escaping in a connection string or in SQL. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** The owner's password; undefined when there is no file or what it holds is not a password. */
export async function readPassword(path: string): Promise<string | undefined> {
  return onDataFile(path, async () => {
    try {
      const text = (await readFile(path, 'utf8')).trim();
      return /^[0-9a-f]{32,}$/.test(text) ? text : undefined;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  });
}

/** Writes the file anew, for its owner alone, and waits until it is on the disk. */
export async function writePassword(path: string, password: string): Promise<void> {
  await onDataFile(path, async () => {
    const file = await open(path, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(`${password}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}
