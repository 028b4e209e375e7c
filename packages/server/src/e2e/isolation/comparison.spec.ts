import { describe, expect, it } from 'vitest';
import { comparable } from './comparison.js';
import { type WireAnswer } from './wire.js';

const ASKER = { own: 'a111111111', others: ['v111111111'] };
const CONTROL = { own: 'b222222222', others: ['v222222222'] };

function answer(part: Partial<WireAnswer>): WireAnswer {
  const headers = { 'content-type': 'application/json', ...part.headers };
  return { status: 200, text: '{}', durationMs: 1, ...part, headers };
}

function areAlike(left: Partial<WireAnswer>, right: Partial<WireAnswer>): boolean {
  return comparable(answer(left), ASKER) === comparable(answer(right), CONTROL);
}

describe('two answers', () => {
  it.each<[string, Partial<WireAnswer>, Partial<WireAnswer>]>([
    ['the names of those who ask', { text: '{"code":"a111111111"}' }, { text: '{"code":"b222222222"}' }],
    [
      'the names asked for',
      { status: 404, text: '{"detail":"no v111111111"}' },
      { status: 404, text: '{"detail":"no v222222222"}' },
    ],
    [
      'the id of the request',
      { status: 404, text: '{"requestId":"r1"}', headers: { 'x-request-id': 'r1' } },
      { status: 404, text: '{"requestId":"r2"}', headers: { 'x-request-id': 'r2' } },
    ],
    ['dates of sending', { headers: { date: 'Mon' } }, { headers: { date: 'Tue' } }],
    [
      'ids made up by the server',
      { text: '{"id":"Ab3dEf6hIj9kLm2n"}' },
      { text: '{"id":"Zb3dEf6hIj9kLm2x"}' },
    ],
    ['numbers of their own names', { text: '{"name":"a111111111-7"}' }, { text: '{"name":"b222222222-12"}' }],
    ['cursors', { text: '{"nextCursor":"WyJUVU"}' }, { text: '{"nextCursor":"WyJUVX"}' }],
    ['short ids of digits and letters', { text: '{"id":"9e7eb538f0ed"}' }, { text: '{"id":"0b32f803d866"}' }],
    [
      'short ids that happen to have no letter',
      { text: '{"id":"571660002715"}' },
      { text: '{"id":"0b32f803d866"}' },
    ],
    [
      'ids that happen to have no digit',
      { text: '{"id":"AbcdEfghiJklmNop"}' },
      { text: '{"id":"Zb3dEf6hIj9kLm2x"}' },
    ],
    [
      'signing secrets, whichever signs of base64 they hold',
      { text: '{"secret":"whsec_1NlaVpi+qvk3v02rb6ZX/g=="}' },
      { text: '{"secret":"whsec_Xw2/RjW3jfBIoXm8qvk3vAAA"}' },
    ],
    ['the order of a list', { text: '{"items":["x","y"]}' }, { text: '{"items":["y","x"]}' }],
  ])('may differ in %s', (_name, left, right) => {
    expect(areAlike(left, right)).toBe(true);
  });

  it.each<[string, Partial<WireAnswer>, Partial<WireAnswer>]>([
    ['status', { status: 403 }, { status: 404 }],
    ['a word', { status: 404, text: '{"detail":"x"}' }, { status: 404, text: '{"detail":"y"}' }],
    [
      'a long word',
      { status: 409, text: '{"code":"invalid_transition"}' },
      { status: 409, text: '{"code":"idempotency_mismatch"}' },
    ],
    ['a header', { headers: { etag: '"1"' } }, {}],
    ['the value of a header', { headers: { etag: '"1"' } }, { headers: { etag: '"2"' } }],
    ['a number', { text: '{"version":1}' }, { text: '{"version":2}' }],
    ['whether there is more', { text: '{"nextCursor":"WyJUVU"}' }, { text: '{"nextCursor":null}' }],
    ['how many there are', { text: '{"items":["x"]}' }, { text: '{"items":["x","x"]}' }],
    ['whose name it is', { text: '{"code":"a111111111"}' }, { text: '{"code":"v222222222"}' }],
  ])('may not differ in %s', (_name, left, right) => {
    expect(areAlike(left, right)).toBe(false);
  });
});
