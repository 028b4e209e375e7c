import type { Line } from '../input/lines.js';
import type { Properties } from '../usage-event.js';

/** The usage a line tells of. */
export interface Usage {
  tenant: string;
  metric: string;
  timestampMs: number;
  /** The id the row itself carries; without one it is made from the content. */
  id?: string;
  quantity?: string | number;
  properties?: Properties;
}

export type Verdict =
  | { kind: 'usage'; usage: Usage }
  | { kind: 'broken'; reason: string }
  | { kind: 'without-tenant'; segment: string }
  /** A last line without line end that may still be being written. */
  | { kind: 'unfinished' }
  | { kind: 'blank' };

/** A verdict with the bytes it is about; a CSV row can span several lines. */
export interface Reading {
  lineNumber: number;
  offset: number;
  bytes: Uint8Array;
  verdict: Verdict;
}

export interface LineReader {
  /** @throws {InputError} when the file as a whole cannot be read in this format. */
  read(line: Line): Reading[];
  /** What was held back for a following line. */
  end(): Reading[];
}

/** The file is not what the arguments say it is. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A reader for formats where each line stands for itself. */
export function lineByLine(judge: (text: string, line: Line) => Verdict): LineReader {
  return {
    read: (line) => [{ ...placeOf(line), verdict: line.isOverlong ? overlong() : judge(textOf(line), line) }],
    end: () => [],
  };
}

export function placeOf(line: Line): Omit<Reading, 'verdict'> {
  return { lineNumber: line.number, offset: line.offset, bytes: line.bytes };
}

export function overlong(): Verdict {
  return { kind: 'broken', reason: 'the line is too long' };
}

/** The text of a line; a byte order mark at the beginning of the file is left out. */
export function textOf(line: Line): string {
  const text = line.bytes.toString('utf8');
  return line.number === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
