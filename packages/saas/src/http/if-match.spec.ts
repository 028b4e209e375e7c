import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etagOf, parseIfMatch } from './if-match.js';

describe('If-Match', () => {
  it.each([
    [undefined, null],
    ['*', null],
    ['"0"', 0],
    [' "12" ', 12],
  ])('%j is %j', (header, version) => {
    expect(parseIfMatch(header)).toBe(version);
  });

  it.each(['', '4', '"04"', '"-1"', '"1.5"', 'W/"4"', '"4", "5"', '"1e3"', '"9999999999999999"', ['"4"']])(
    '%j is refused',
    (header) => {
      expect(() => parseIfMatch(header)).toThrow(
        expect.objectContaining({
          code: 'validation_failed',
          errors: [expect.objectContaining({ path: 'headers.if-match' })],
        }),
      );
    },
  );

  it('takes back what ETag gives', () => {
    fc.assert(
      fc.property(fc.nat(), (version) => {
        expect(parseIfMatch(etagOf({ version }) ?? undefined)).toBe(version);
      }),
    );
  });

  it('is the revision, where the version counts something else', () => {
    expect(etagOf({ version: 3, revision: 5 })).toBe('"5"');
    expect(etagOf({ revision: '5', version: 3 })).toBeNull();
  });

  it.each([null, 4, 'x', {}, { version: '4' }, { version: 1.5 }])('%j has no ETag', (answer) => {
    expect(etagOf(answer)).toBeNull();
  });
});
