import { type LineReader, lineByLine, type Verdict } from './reading.js';
import { isRecord, judgeRow, type ReadColumn, type RowOptions } from './row.js';

/** One JSON object a line. A last line that is a whole object needs no line end. */
export function jsonLinesReader(options: RowOptions): LineReader {
  return lineByLine((text) => judgeJsonLine(text, (row) => judgeRow(options, columnsIn(row))));
}

/** Parses one line and lets `judge` see the object. */
export function judgeJsonLine(text: string, judge: (row: Record<string, unknown>) => Verdict): Verdict {
  if (text.trim() === '') return { kind: 'blank' };
  const row = parsed(text);
  if (!isRecord(row)) return { kind: 'broken', reason: 'no JSON object' };
  return judge(row);
}

/** Own fields only, `null` and `""` taken as absent. */
export function columnsIn(row: Record<string, unknown>): ReadColumn {
  return (column) => {
    const value = Object.hasOwn(row, column) ? row[column] : undefined;
    return value === null || value === '' ? undefined : value;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
