import { describe, expect, it } from 'vitest';
import { readAnswer } from './answer.js';

const request = { size: 3, nowMs: 0 };

describe('readAnswer', () => {
  it.each([
    [200, { accepted: 2, duplicates: 1 }, 'taken'],
    [200, { accepted: 1, duplicates: 1 }, 'hopeless'],
    [200, { hello: 'world' }, 'hopeless'],
    [204, undefined, 'hopeless'],
    [301, undefined, 'hopeless'],
    [400, { code: 'validation_failed' }, 'refused'],
    [401, { code: 'unauthenticated' }, 'hopeless'],
    [403, { code: 'forbidden' }, 'hopeless'],
    [404, { code: 'not_found' }, 'unknown-tenant'],
    [404, '<html>', 'hopeless'],
    [409, { code: 'already_exists' }, 'refused'],
    [413, undefined, 'refused'],
    [418, undefined, 'hopeless'],
    [429, { code: 'rate_limited' }, 'unavailable'],
    [500, undefined, 'unavailable'],
    [503, 'down', 'unavailable'],
  ])('%i %j is %s', (status, body, kind) => {
    expect(readAnswer({ status, retryAfter: null, body: JSON.stringify(body) ?? '' }, request).kind).toBe(
      kind,
    );
  });

  it.each([
    ['[2].timestamp', 2, 'timestamp: bad'],
    ['2.timestamp', 2, 'timestamp: bad'],
    ['2', 2, 'bad'],
    ['[1]', 1, 'bad'],
    ['/1/quantity', 1, 'quantity: bad'],
    ['$[0].properties.a', 0, 'properties.a: bad'],
    [[1, 'metric'], 1, 'metric: bad'],
  ])('finds the event in the path %j', (path, index, reason) => {
    expect(faults([{ path, message: 'bad' }])).toEqual([[index, reason]]);
  });

  it.each(['', '[3].id', '[-1]', 'metric', '[1x]', '99999999'])('finds none in the path %j', (path) => {
    expect(faults([{ path, message: 'bad' }])).toEqual([]);
  });

  it('says for 401 and 403 what to mend', () => {
    const reason = (status: number) => {
      const answer = readAnswer({ status, retryAfter: null, body: '{"detail":"Token expired"}' }, request);
      return answer.kind === 'hopeless' ? answer.reason : '';
    };
    expect(reason(401)).toMatch(/^401 Token expired: LANDLORD_TOKEN/);
    expect(reason(403)).toMatch(/LANDLORD_TOKEN may not write usage/);
  });
});

function faults(errors: unknown[]): [number, string][] {
  const answer = readAnswer({ status: 400, retryAfter: null, body: JSON.stringify({ errors }) }, request);
  return answer.kind === 'refused' ? [...answer.faults] : [];
}
