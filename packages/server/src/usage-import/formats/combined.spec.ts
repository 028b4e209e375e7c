import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCombined, splitRequest } from './combined.js';

const options = { metric: 'apiCalls', tenantFrom: { kind: 'path-segment' }, withPath: false } as const;
const whole = { isTerminated: true };
const time = '[31/Jan/2024:23:59:59 +0900]';
const agent = '"-" "Mozilla/5.0"';

describe('judgeCombined', () => {
  it.each([
    [
      'combined',
      `203.0.113.7 - - ${time} "GET /acme/x HTTP/1.1" 200 12 ${agent}`,
      { method: 'GET', status: 200 },
    ],
    ['common', `203.0.113.7 - - ${time} "GET /acme/x HTTP/1.1" 200 12`, { method: 'GET', status: 200 }],
    ['IPv6', `2001:db8::1 - - ${time} "POST /acme HTTP/2.0" 201 - ${agent}`, { method: 'POST', status: 201 }],
    [
      'further fields',
      `h - - ${time} "GET /acme HTTP/1.1" 499 0 ${agent} 0.003 "x"`,
      { method: 'GET', status: 499 },
    ],
    [
      'a host before',
      `api:80 h - - ${time} "GET /acme HTTP/1.1" 200 0 ${agent}`,
      { method: 'GET', status: 200 },
    ],
    [
      'user with spaces',
      `h - a b [c] ${time} "GET /acme HTTP/1.1" 200 0 ${agent}`,
      { method: 'GET', status: 200 },
    ],
    [
      'escaped quotes',
      `h - - ${time} "GET /acme/\\"a\\" HTTP/1.1" 200 0 "-" "a \\"b\\" \\\\"`,
      { method: 'GET', status: 200 },
    ],
    ['no protocol', `h - - ${time} "GET /acme" 200 0 ${agent}`, { method: 'GET', status: 200 }],
    ['no status', `h - - ${time} "GET /acme HTTP/1.1" - - ${agent}`, { method: 'GET' }],
    [
      'unusual referrer',
      `h - - ${time} "GET /acme HTTP/1.1" 200 1 "\\x00" ""`,
      { method: 'GET', status: 200 },
    ],
  ])('reads %s', (_, line, properties) => {
    expect(judgeCombined(options, line, whole)).toEqual({
      kind: 'usage',
      usage: {
        tenant: 'acme',
        metric: 'apiCalls',
        timestampMs: Date.UTC(2024, 0, 31, 14, 59, 59),
        properties,
      },
    });
  });

  it.each([
    ['words', 'hello'],
    ['no time', `h - - "GET /acme HTTP/1.1" 200 0`],
    ['time "-"', `h - - [-] "GET /acme HTTP/1.1" 200 0`],
    ['31 February', `h - - [31/Feb/2024:10:00:00 +0000] "GET /acme HTTP/1.1" 200 0`],
    ['month Foo', `h - - [01/Foo/2024:10:00:00 +0000] "GET /acme HTTP/1.1" 200 0`],
    ['25 o’clock', `h - - [01/Jan/2024:25:00:00 +0000] "GET /acme HTTP/1.1" 200 0`],
    ['request not closed', `h - - ${time} "GET /acme HTTP/1.1`],
    ['no status', `h - - ${time} "GET /acme HTTP/1.1" ${agent}`],
    ['status of four digits', `h - - ${time} "GET /acme HTTP/1.1" 2000 1`],
  ])('calls broken: %s', (_, line) => {
    expect(judgeCombined(options, line, whole).kind).toBe('broken');
  });

  it.each([
    ['-', '(no request)'],
    ['', '(no request)'],
    ['\\x16\\x03\\x01', '(no request)'],
    ['GET / HTTP/1.1', ''],
    ['GET /Acme HTTP/1.1', 'Acme'],
    ['OPTIONS * HTTP/1.1', '*'],
  ])('finds no tenant in request %j', (request, segment) => {
    expect(judgeCombined(options, `h - - ${time} "${request}" 400 0 ${agent}`, whole)).toEqual({
      kind: 'without-tenant',
      segment,
    });
  });

  it('is not taken in by a user name that looks like a request', () => {
    const user = `x [01/Jan/2020:00:00:00 +0000] \\"GET /victim HTTP/1.1\\" 200 0`;
    const verdict = judgeCombined(options, `h - ${user} ${time} "GET /acme HTTP/1.1" 401 0`, whole);
    expect(verdict).toMatchObject({ kind: 'usage', usage: { tenant: 'acme' } });
  });

  it('counts every line with a time for a fixed tenant', () => {
    const fixed = { ...options, tenantFrom: { kind: 'fixed', code: 'globex' } } as const;
    const verdict = judgeCombined(fixed, `h - - ${time} "-" 408 0 ${agent}`, whole);
    expect(verdict).toMatchObject({
      kind: 'usage',
      usage: { tenant: 'globex', properties: { status: 408 } },
    });
  });

  it('keeps of the path no query and at most 200 characters', () => {
    const path = `/acme/${'x'.repeat(300)}`;
    const line = `h - - ${time} "GET ${path}?token=secret HTTP/1.1" 200 0`;
    expect(judgeCombined({ ...options, withPath: true }, line, whole)).toMatchObject({
      usage: { properties: { path: path.slice(0, 200) } },
    });
  });

  it('never makes another line of one that is cut short', () => {
    const line = `h - - ${time} "GET /acme HTTP/1.1" 200 2030 "http://ref" "agent (x)"`;
    for (let length = 1; length < line.length; length += 1)
      expect(judgeCombined(options, line.slice(0, length), { isTerminated: false }).kind).toBe('unfinished');
    expect(judgeCombined(options, line, { isTerminated: false }).kind).toBe('usage');
  });

  it('never throws', () => {
    const pieces = fc.constantFrom(
      'h',
      ' ',
      '[',
      ']',
      '"',
      '\\',
      time,
      'GET',
      '/acme',
      'HTTP/1.1',
      '200',
      '-',
      '%',
      'é',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        judgeCombined(options, parts.join(''), whole);
      }),
    );
  });

  it('takes time in proportion to a hostile line', () => {
    const line = `h - ${' ['.repeat(60_000)} ${time} "${'\\"'.repeat(60_000)}`;
    const started = performance.now();
    expect(judgeCombined(options, line, whole).kind).toBe('broken');
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('splitRequest', () => {
  it.each([
    ['GET /a b HTTP/1.1', { method: 'GET', target: '/a b' }],
    ['GET HTTP/1.1', { method: 'GET', target: 'HTTP/1.1' }],
    ['get /a HTTP/1.1', {}],
    ['GET', {}],
  ])('splits %j', (request, expected) => {
    expect(splitRequest(request)).toEqual(expected);
  });
});
