import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface Input {
  chunks: AsyncIterable<Uint8Array>;
  /** Size in bytes as stored, undefined for standard input. */
  sizeBytes: number | undefined;
  /** Bytes read so far, as stored (packed for .gz). */
  bytesRead(): number;
  close(): void;
}

export type OpenedInput = { kind: 'opened'; input: Input } | { kind: 'failed'; message: string };

/** Opens a file, `-` for standard input; a name ending in `.gz` is unpacked while reading. */
export async function openInput(file: string, standardInput: Readable): Promise<OpenedInput> {
  if (file === '-') return { kind: 'opened', input: countedInput(standardInput) };
  const status = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (status instanceof Error)
    return { kind: 'failed', message: `--file ${file}: ${status.code ?? status.message}` };
  if (status.isDirectory()) return { kind: 'failed', message: `--file ${file}: is a folder, not a file` };
  const stored = createReadStream(file, { highWaterMark: 256 * 1024 });
  const input: Input = {
    chunks: named(file.endsWith('.gz') ? unpacked(stored) : stored),
    sizeBytes: status.isFile() ? status.size : undefined,
    bytesRead: () => stored.bytesRead,
    close: () => stored.destroy(),
  };
  return { kind: 'opened', input };
}

/** Reading failed midway: the disk, or a .gz that is cut short. */
export class ReadFailure extends Error {
  override readonly name = 'ReadFailure';
}

async function* named(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw new ReadFailure(`reading failed: ${error instanceof Error ? error.message : 'unknown'}`, {
      cause: error,
    });
  }
}

function unpacked(stored: Readable): Readable {
  const out = new PassThrough();
  // A failure destroys `out` with the error, which its reader then throws.
  pipeline(stored, createGunzip(), out).catch(() => undefined);
  return out;
}

function countedInput(stream: Readable): Input {
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
      bytesRead += bytes.length;
      yield bytes;
    }
  }
  return {
    chunks: named(counted()),
    sizeBytes: undefined,
    bytesRead: () => bytesRead,
    close: () => stream.destroy(),
  };
}
