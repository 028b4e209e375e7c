import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The `errno` name of a failed system call (`ENOSPC`), or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export const DISK_FULL_REMEDY = 'Free some space on that disk and start again; nothing committed is lost.';

/** Turns a failed system call on a file of the data folder into the error a reader can act on. */
export function explainFileError(error: unknown, where: string): unknown {
  if (error instanceof EmbeddedPostgresError) return error;
  const code = systemCode(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new EmbeddedPostgresError({
        code: 'disk_full',
        what: 'The disk of the data folder is full',
        where,
        remedy: DISK_FULL_REMEDY,
        cause: error,
      });
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new EmbeddedPostgresError({
        code: 'data_dir_unwritable',
        what: `The data folder cannot be written (${code})`,
        where,
        remedy: 'Make it writable for this user, or set LANDLORD_DATA_DIR to a folder that is.',
        cause: error,
      });
    case 'ENOTDIR':
    case 'EEXIST':
      return new EmbeddedPostgresError({
        code: 'data_dir_invalid',
        what: 'The data folder, or a folder above it, is a file',
        where,
        remedy: 'Move that file away, or set LANDLORD_DATA_DIR to a folder.',
        cause: error,
      });
    default:
      return error;
  }
}

/** Runs `work` on a file of the data folder; a failure is explained, naming `where`. */
export async function onDataFile<Result>(where: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explainFileError(error, where);
  }
}
