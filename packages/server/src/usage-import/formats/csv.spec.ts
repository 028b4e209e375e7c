import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, splitLines } from '../input/lines.js';
import { type CsvOptions, CsvReader } from './csv.js';
import type { Reading } from './reading.js';

const options: CsvOptions = {
  metric: 'apiCalls',
  tenantFrom: { kind: 'column', name: 'tenant' },
  columns: {},
  properties: ['note'],
  delimiter: ',',
};
const header = 'timestamp,tenant,quantity,note';
const at = '2024-01-31T23:59:59Z';

describe('CsvReader', () => {
  it.each([
    ['plain', `${at},acme,2,hello`, 'hello'],
    ['quoted', `"${at}","acme",2,"a, ""b"""`, 'a, "b"'],
    ['over two lines', `${at},acme,2,"a\nb"`, 'a\nb'],
    ['a quote within', `${at},acme,2,12" pipe`, undefined],
    ['too few fields', `${at},acme`, undefined],
    ['too many fields', `${at},acme,2,x,y`, undefined],
    ['text after a quote', `${at},acme,2,"a"b`, undefined],
  ])('reads a row: %s', async (_, text, note) => {
    const [, reading, next] = await read(`${header}\n${text}\n${at},acme,1,next\n`);
    expect(noteOf(reading)).toBe(note);
    expect(reading?.verdict.kind).toBe(note === undefined ? 'broken' : 'usage');
    expect(noteOf(next)).toBe('next');
  });

  it('loses one line, not the rest, to a quote that is never closed', async () => {
    const rows = Array.from({ length: 120 }, (_, index) => `${at},acme,1,row-${index}`);
    const readings = await read([header, `${at},acme,1,"open`, ...rows].join('\n'));
    expect(
      readings.filter(({ verdict }) => verdict.kind === 'broken').map(({ lineNumber }) => lineNumber),
    ).toEqual([2]);
    expect(readings.filter(({ verdict }) => verdict.kind === 'usage')).toHaveLength(120);
  });

  it('judges every line once, whatever it contains', async () => {
    const pieces = fc.array(fc.constantFrom('a', ',', '"', '\n', at, ',acme,1,'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        const text = `${header}\n${parts.join('')}`;
        const readings = await read(text);
        const numbers = readings.map(({ lineNumber }) => lineNumber);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        const bytes = readings.map((reading) => String(reading.bytes)).join('\n');
        expect(bytes).toBe(text.endsWith('\n') ? text.slice(0, -1) : text);
      }),
    );
  });

  it('reads other separators, a byte order mark and Windows line ends', async () => {
    const text = `\ufeff${header}\r\n${at},acme,1,x\r\n`.replaceAll(',', ';');
    const [, reading] = await read(text, { ...options, delimiter: ';' });
    expect(noteOf(reading)).toBe('x');
  });

  it.each([
    ['timestamp,tenant', options, 'no column "note"'],
    ['tenant,note', options, 'no column "timestamp"'],
    ['timestamp,note', options, 'no column "tenant"'],
    [header, { ...options, columns: { id: 'key' } }, 'no column "key"'],
    [header, { ...options, metric: undefined }, 'no column "metric"'],
    ['timestamp,timestamp', options, 'twice'],
  ])('refuses a file with the header %s', async (text, given, message) => {
    await expect(read(`${text}\n`, given)).rejects.toThrow(message);
  });
});

async function read(text: string, given: CsvOptions = options): Promise<Reading[]> {
  const reader = new CsvReader(given);
  const lines: Line[] = [];
  for await (const some of splitLines(chunkOf(text))) lines.push(...some);
  return [...lines.flatMap((line) => reader.read(line)), ...reader.end()];
}

async function* chunkOf(text: string) {
  yield Buffer.from(text);
}

function noteOf(reading: Reading | undefined): unknown {
  return reading?.verdict.kind === 'usage' ? reading.verdict.usage.properties?.note : undefined;
}
