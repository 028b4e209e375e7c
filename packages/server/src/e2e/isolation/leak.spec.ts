import { describe, expect, it } from 'vitest';
import { LeakDetector } from './leak.js';
import { type WireAnswer } from './wire.js';

const MARKER = 'v123456789';
const detector = new LeakDetector(MARKER, [`sub-${MARKER}`, 'll_live_0123456789']);

function answer(text: string, headers: Record<string, string> = {}): WireAnswer {
  return { status: 200, headers, text, durationMs: 1 };
}

describe('a leak', () => {
  it.each([
    ['a canary', answer(`{"name":"canary-${MARKER}-4"}`), 'canary'],
    ['a canary in another case', answer(`CANARY-${MARKER.toUpperCase()}-4`), 'canary'],
    ['an identifier', answer('{"id":"ll_live_0123456789"}'), 'identifier'],
    ['the tenant alone', answer(`you are not of ${MARKER}`), 'identifier'],
    ['the tenant in a header', answer('', { location: `/tenants/${MARKER}` }), 'identifier'],
    [
      'the tenant within a cursor',
      answer(Buffer.from(`["x","${MARKER}"]`).toString('base64url')),
      'identifier',
    ],
  ])('is %s', (_name, given, kind) => {
    expect(detector.find(given, [''])).toMatchObject({ kind });
  });

  it('is not what the caller itself sent', () => {
    expect(detector.find(answer(`tenant ${MARKER} not found`), [`/tenants/${MARKER}`])).toBeNull();
    expect(detector.find(answer(`canary-${MARKER}-4`), [`canary-${MARKER}-4`])).toBeNull();
  });

  it('is another canary than the one sent', () => {
    const sent = [`canary-${MARKER}-4`];
    expect(detector.find(answer(`canary-${MARKER}-4 canary-${MARKER}-5`), sent)).toMatchObject({
      text: `canary-${MARKER}-5`,
    });
  });
});
