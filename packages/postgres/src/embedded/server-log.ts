import { constants, copyFile, type FileHandle, open, rm, stat } from 'node:fs/promises';
import { onDataFile, systemCode } from './system-error.js';

const MAX_LOG_BYTES = 5 * 1024 * 1024;
const MAX_EXCERPT_BYTES = 64 * 1024;
const CHECK_INTERVAL_MS = 30_000;

/**
 * The file PostgreSQL writes to, opened by this process since the server's account may not reach it.
 * The server appends to a descriptor it keeps, so a log too large is copied to `<path>.1` and emptied.
 */
export class ServerLog {
  readonly path: string;
  readonly #maxBytes: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, maxBytes = MAX_LOG_BYTES) {
    this.path = path;
    this.#maxBytes = maxBytes;
  }

  open(): Promise<FileHandle> {
    return onDataFile(this.path, () => open(this.path, 'a', 0o600));
  }

  async sizeBytes(): Promise<number> {
    try {
      return (await stat(this.path)).size;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  /** What was written since the log had this size; the last 64 KiB of it. */
  async readSince(sizeBytes: number): Promise<string> {
    const end = await this.sizeBytes();
    const start = Math.max(end < sizeBytes ? 0 : sizeBytes, end - MAX_EXCERPT_BYTES);
    if (end === start) return '';
    const file = await open(this.path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Empties the log when it is too large, keeping one older copy. */
  async bound(): Promise<void> {
    if ((await this.sizeBytes()) <= this.#maxBytes) return;
    const older = `${this.path}.1`;
    await rm(older, { force: true });
    await copyFile(this.path, older, constants.COPYFILE_EXCL).catch(() => rm(older, { force: true }));
    const file = await open(this.path, 'r+');
    try {
      await file.truncate(0);
    } finally {
      await file.close();
    }
  }

  /** Looks at the size now and then until `stopBounding`; never keeps the process alive. */
  startBounding(): void {
    this.#timer ??= setInterval(() => {
      this.bound().catch(() => {});
    }, CHECK_INTERVAL_MS).unref();
  }

  stopBounding(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
