import { closeSync, openSync, writeSync } from 'node:fs';

/** Where all broken lines go: number, tab, reason. The lines' own text stays in the log. */
export interface BrokenLines {
  add(lineNumber: number, reason: string): void;
  close(): void;
}

export type OpenedBrokenLines =
  | { kind: 'opened'; brokenLines: BrokenLines }
  | { kind: 'failed'; message: string };

const BUFFER_CHARACTERS = 64 * 1024;
const NOWHERE: BrokenLines = { add: () => undefined, close: () => undefined };

/** Opens the file anew; without a path, nothing is written. */
export function openBrokenLines(path: string | undefined): OpenedBrokenLines {
  if (path === undefined) return { kind: 'opened', brokenLines: NOWHERE };
  try {
    return { kind: 'opened', brokenLines: new BrokenLinesFile(openSync(path, 'w')) };
  } catch (error) {
    return {
      kind: 'failed',
      message: `--broken-out ${path}: ${error instanceof Error ? error.message : 'failed'}`,
    };
  }
}

// Written synchronously: a file of broken lines only must not pile up in memory.
class BrokenLinesFile implements BrokenLines {
  private buffered = '';

  constructor(private readonly descriptor: number) {}

  add(lineNumber: number, reason: string): void {
    this.buffered += `${lineNumber}\t${reason}\n`;
    if (this.buffered.length >= BUFFER_CHARACTERS) this.flush();
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }

  private flush(): void {
    writeSync(this.descriptor, this.buffered);
    this.buffered = '';
  }
}
