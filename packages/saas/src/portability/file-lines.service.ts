import { invalidInput, LandlordError } from '@landlord/kernel';

/** One line: a command holds what was asked for and the state, 256 KiB each. */
export const LINE_BYTES_LIMIT = 1024 * 1024;
export const FILE_BYTES_LIMIT = 10 * 1024 ** 3;
/** A sender who is silent for so long is given up. */
const SILENCE_LIMIT_MS = 60_000;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** With its end. */
  readonly text: string;
}

const NEWLINE = 0x0a;

/** Lines of UTF-8 text as they come, with bounds; the last one must have an end, too. Throws `validation_failed`. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Buffer = Buffer.alloc(0);
  let total = 0;
  let number = 0;
  for await (const chunk of notSilent(bytes)) {
    total += chunk.length;
    if (total > FILE_BYTES_LIMIT) throw tooLarge();
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, start)) {
      number += 1;
      yield { number, text: decoded(decoder, rest.subarray(start, end + 1), number) };
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > LINE_BYTES_LIMIT)
      throw lineError(number + 1, `is longer than ${LINE_BYTES_LIMIT} bytes`);
  }
  if (rest.length > 0) throw lineError(number + 1, 'has no end: the file was cut');
}

export function lineError(number: number, message: string): LandlordError {
  return invalidInput(`line ${number}`, message);
}

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Buffer, number: number): string {
  if (bytes.length > LINE_BYTES_LIMIT) throw lineError(number, `is longer than ${LINE_BYTES_LIMIT} bytes`);
  try {
    return decoder.decode(bytes);
  } catch {
    throw lineError(number, 'is not UTF-8 text');
  }
}

async function* notSilent(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await withinSilence(iterator.next());
      if (result.done) return;
      yield result.value;
    }
  } finally {
    // Not awaited: a sender who is silent would keep this waiting, too.
    void iterator.return?.().catch(() => undefined);
  }
}

async function withinSilence<T>(next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    const error = invalidInput('', `nothing came for ${SILENCE_LIMIT_MS / 1000} s`);
    timer = setTimeout(() => reject(error), SILENCE_LIMIT_MS);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(): LandlordError {
  return new LandlordError('payload_too_large', `the file is larger than ${FILE_BYTES_LIMIT} bytes`);
}
