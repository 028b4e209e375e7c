const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** One line of the input, without its line end (LF or CR LF). */
export interface Line {
  /** From 1. */
  number: number;
  /** Where it begins, in bytes. */
  offset: number;
  bytes: Buffer;
  /** False for a last line that no line end follows: it may still be being written. */
  isTerminated: boolean;
  /** True when it was longer than allowed; its bytes are then left out. */
  isOverlong: boolean;
}

export const MAX_LINE_BYTES = 256 * 1024;

/** Splits chunks into lines, the lines of one chunk at a time. Holds at most one line. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number = MAX_LINE_BYTES,
): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter(maxLineBytes);
  for await (const chunk of chunks) yield splitter.push(chunk);
  yield splitter.end();
}

class LineSplitter {
  private parts: Buffer[] = [];
  private length = 0;
  private number = 1;
  private offset = 0;

  constructor(private readonly maxLineBytes: number) {}

  push(chunk: Uint8Array): Line[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      this.keep(bytes.subarray(start, end));
      lines.push(this.take(true));
      start = end + 1;
    }
    this.keep(bytes.subarray(start));
    return lines;
  }

  end(): Line[] {
    return this.length === 0 ? [] : [this.take(false)];
  }

  private keep(part: Buffer): void {
    this.length += part.length;
    if (this.length > this.maxLineBytes) this.parts = [];
    else if (part.length > 0) this.parts.push(part);
  }

  private take(isTerminated: boolean): Line {
    const isOverlong = this.length > this.maxLineBytes;
    const [first] = this.parts;
    const whole = this.parts.length === 1 && first !== undefined ? first : Buffer.concat(this.parts);
    const isCrLf = isTerminated && whole.at(-1) === CARRIAGE_RETURN;
    const bytes = isCrLf ? whole.subarray(0, -1) : whole;
    const line = { number: this.number, offset: this.offset, bytes, isTerminated, isOverlong };
    this.number += 1;
    this.offset += this.length + (isTerminated ? 1 : 0);
    this.length = 0;
    this.parts = [];
    return line;
  }
}
