import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, splitLines } from './lines.js';

describe('splitLines', () => {
  it('finds the same lines however the bytes are cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ü', '\n', '\r'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (content, chunkBytes) => {
        expect(await linesOf(content, chunkBytes)).toEqual(await linesOf(content, 1000));
      }),
    );
  });

  it('finds each line where its offset says', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ü', '\n', '\r'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const bytes = Buffer.from(content);
        for (const line of await linesOf(content, 3))
          expect(bytes.subarray(line.offset, line.offset + line.bytes.length)).toEqual(line.bytes);
      }),
    );
  });

  it.each([
    ['', []],
    ['a', ['a?']],
    ['a\n', ['a']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\n\nb', ['a', '', 'b?']],
    ['a\r', ['a\r?']],
  ])('splits %j', async (content, expected) => {
    const lines = await linesOf(content, 2);
    expect(lines.map((line) => `${line.bytes}${line.isTerminated ? '' : '?'}`)).toEqual(expected);
    expect(lines.map((line) => line.number)).toEqual(expected.map((_, index) => index + 1));
  });

  it('drops the bytes of a line that is too long and goes on behind it', async () => {
    const lines = await linesOf(`ok\n${'x'.repeat(50)}\nfine\n`, 7, 20);
    expect(lines.map((line) => [String(line.bytes), line.isOverlong, line.offset])).toEqual([
      ['ok', false, 0],
      ['', true, 3],
      ['fine', false, 54],
    ]);
  });
});

async function linesOf(content: string, chunkBytes: number, maxLineBytes = 1000): Promise<Line[]> {
  const bytes = Buffer.from(content);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const lines: Line[] = [];
  for await (const some of splitLines(chunks(), maxLineBytes)) lines.push(...some);
  return lines;
}
