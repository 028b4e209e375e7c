import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonBody } from './json-body.js';

const read = (text: string | Buffer) => parseJsonBody(Buffer.from(text as string));

describe('a JSON body', () => {
  it('is what was sent', () => {
    const storable = fc.jsonValue({ depthSize: 'small' }).filter((value) => {
      const text = JSON.stringify(value);
      return !text.includes('\\u0000') && !/__proto__|constructor|prototype/.test(text);
    });
    fc.assert(
      fc.property(storable, (value) => {
        const text = JSON.stringify(value);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is none when it is empty', () => {
    expect(read('')).toBeUndefined();
  });

  it.each([
    ['{"a":1', '', 'not valid JSON'],
    ['{"secret":tru}', '', 'not valid JSON'],
    ['NaN', '', 'not valid JSON'],
    ['{"a":[1,1e400]}', 'a.1', 'finite'],
    ['{"a":{"__proto__":1}}', 'a.__proto__', 'not allowed'],
    ['{"constructor":1}', 'constructor', 'not allowed'],
    ['["\\u0000"]', '0', 'NUL'],
    ['["\\ud800"]', '0', 'surrogate'],
    ['['.repeat(40) + ']'.repeat(40), expect.any(String), 'nested'],
    [Buffer.from([0x22, 0xff, 0x22]), '', 'UTF-8'],
  ])('%j is refused', (text, path, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [{ path, message: expect.stringContaining(message) }],
      }),
    );
    expect(() => read(text)).not.toThrow(/secret/);
  });

  it('can be nested absurdly deep without harm', () => {
    expect(() => read('['.repeat(200_000))).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(() => read('['.repeat(200_000) + ']'.repeat(200_000))).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });
});
