import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { tenantScope } from '@landlord/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../testing/test-server.js';
import { idempotencyClaim } from './idempotency.js';

let server: TestServer;
let admin = '';
let member = '';
let operator = '';

beforeAll(async () => {
  server = await TestServer.start();
  admin = await server.token(['admin'], 'acme');
  member = await server.token(['member'], 'acme');
  operator = await server.token(['system_admin']);
});
afterAll(() => server.stop());
beforeEach(() => {
  server.store.isDown = false;
});

function create(code: string, headers: Record<string, string> = {}, size = 1) {
  return server.call('/things', { method: 'POST', token: admin, json: { code, size }, headers });
}

describe('access', () => {
  it.each([
    ['GET', '/things', 401],
    ['POST', '/things', 401],
    ['GET', '/operator/x', 401],
    ['GET', '/clock', 404],
    ['GET', '/nothing', 404],
    ['DELETE', '/things', 404],
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/openapi.json', 200],
    ['GET', '/docs/', 200],
    ['GET', '/metrics', 200],
  ])('%s %s without a token answers %i', async (method, path, status) => {
    const answer = await server.call(path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer realm="landlord"' : null);
  });

  it.each([
    ['a member may not write', () => member, {}, 'POST', '/things', 403],
    ['an admin is no operator', () => admin, {}, 'GET', '/operator/x', 403],
    ['an operator must name the tenant', () => operator, {}, 'GET', '/things', 400],
    ['an operator may act for one', () => operator, { 'x-tenant-code': 'acme' }, 'GET', '/things', 200],
    ['a malformed tenant is refused', () => operator, { 'x-tenant-code': 'A!' }, 'GET', '/things', 400],
    [
      'a tenant is no matter where none is',
      () => operator,
      { 'x-tenant-code': 'A!' },
      'GET',
      '/operator/x',
      200,
    ],
    ['noise is no token', () => 'noise', {}, 'GET', '/things', 401],
  ])('%s', async (_name, token, headers, method, path, status) => {
    expect((await server.call(path, { method, token: token(), headers })).status).toBe(status);
  });

  it('takes no API keys yet', async () => {
    expect((await server.call('/things', { headers: { 'x-api-key': 'll_live_1' } })).status).toBe(401);
  });

  it('hands the verified caller to the handler', async () => {
    const { body } = await server.call('/me?x=1', {
      token: admin,
      headers: { 'x-tenant-code': 'other', 'x-request-id': 'r-1' },
    });
    expect(body).toEqual({
      user: {
        userId: 'usr-1',
        tenantCode: 'acme',
        roles: ['admin'],
        tokenExpiresAt: expect.stringMatching(/Z$/),
      },
      requestId: 'r-1',
      source: 'GET /me',
      ip: '127.0.0.1',
      idempotency: null,
    });
  });

  it('is checked before the body is read', async () => {
    const body = 'x'.repeat(1024);
    const answer = await server.call('/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(401);
  });
});

describe('input', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['a list', [], ''],
    ['a missing field', { code: 'a' }, 'size'],
    ['an unknown field', { code: 'a', size: 1, colour: 'red' }, 'colour'],
    ['a blank', { code: ' ', size: 1 }, 'code'],
    ['too much', { code: 'a', size: 101 }, 'size'],
    ['a fraction', { code: 'a', size: 1.5 }, 'size'],
    ['text for a number', { code: 'a', size: '1' }, 'size'],
    ['half a surrogate', { code: '\ud800', size: 1 }, 'code'],
  ])('of %s is refused with its path', async (_name, json, path) => {
    const answer = await server.call('/things', { method: 'POST', token: admin, json });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'validation_failed',
      errors: [{ path, message: expect.any(String) }],
    });
  });

  it.each([
    ['%7Bbad', 'application/json', '{"a":', 400],
    ['infinity', 'application/json', '{"code":"a","size":1,"note":{"deep":[1e400]}}', 400],
    ['__proto__', 'application/json', '{"code":"a","size":1,"__proto__":{"x":1}}', 400],
    ['another media type', 'text/plain', 'hello', 415],
    ['a form', 'application/x-www-form-urlencoded', 'a=1', 415],
    ['an empty body', 'application/json', '', 400],
    ['another charset', 'application/json; charset=utf-16', '{}', 415],
  ])('of %s is refused', async (_name, type, body, status) => {
    const answer = await server.call('/things', {
      method: 'POST',
      token: admin,
      body,
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, requestId: answer.headers.get('x-request-id') });
  });

  it('that is compressed is refused, and says what is taken', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const body = new Uint8Array(gzipSync('{"code":"a","size":1}'));
    const answer = await server.call('/things', { method: 'POST', token: admin, body, headers });
    expect(answer.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    expect(answer.body.detail).toContain('identity');
  });

  it('may come as CloudEvents', async () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };
    const answer = await server.call('/things/x/break', {
      method: 'POST',
      token: admin,
      body: '[{"at":1},{"at":"x"}]',
      headers,
    });
    expect(answer.body).toMatchObject({ errors: [{ path: '1.at' }] });
  });

  it('of more than 16 MiB is too large', async () => {
    const body = `"${'x'.repeat(16 * 1024 * 1024)}"`;
    const answer = await server.call('/things', {
      method: 'POST',
      token: admin,
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.body).toMatchObject({ status: 413, code: 'payload_too_large' });
  });

  it.each([
    ['/operator/%zz', 400],
    ['/operator/%ff', 400],
    ['/operator/a%00b', 400],
    [`/operator/${'a'.repeat(21)}`, 400],
    ['/operator/%20', 400],
    ['/operator/../../etc', 404],
  ])('%s answers %i', async (path, status) => {
    const answer = await server.call(path, { token: operator });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId);
  });

  it.each([
    ['limit=0', 'query.limit'],
    ['limit=201', 'query.limit'],
    ['limit=1e1', 'query.limit'],
    ['limit=1&limit=2', 'query.limit'],
    ['cursor=', 'query.cursor'],
    ['limt=5', 'query.limt'],
  ])('?%s is refused', async (query, path) => {
    expect((await server.call(`/things?${query}`, { token: admin })).body).toMatchObject({
      errors: [{ path }],
    });
  });

  it('is optional where the operation says so', async () => {
    const init = { method: 'POST', token: admin, headers: { 'content-type': 'application/json' } };
    expect((await server.call('/things/x/break', init)).body).toMatchObject({ code: 'quota_exceeded' });
  });

  it('that is no HTTP, or has huge headers, is answered with a problem', async () => {
    expect(await raw('NONSENSE\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 [\s\S]*X-Request-Id: [\s\S]*validation_failed/,
    );
    const huge = `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`;
    expect(await raw(huge)).toMatch(/^HTTP\/1.1 431 [\s\S]*payload_too_large/);
  });
});

describe('a request that Node.js itself would refuse without a word', () => {
  it.each([
    ['without Host', 'GET /healthz HTTP/1.1\r\nX-Request-Id: r-7\r\nConnection: close', 400, 'headers.host'],
    [
      'that expects too much',
      'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: r-7\r\nExpect: foo',
      417,
      'headers.expect',
    ],
  ])('%s is answered with a problem', async (_name, head, status, path) => {
    const [headers = '', body = ''] = (await raw(`${head}\r\n\r\n`)).split('\r\n\r\n');
    expect(headers).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(headers).toMatch(/x-request-id: r-7/i);
    expect(body).toContain(`"path":"${path}"`);
    expect(body).toContain('"requestId":"r-7"');
  });

  it('is fine in HTTP/1.0', async () => {
    expect(await raw('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });
});

async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.server.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('errors of handlers', () => {
  it('are told with facts and no more', async () => {
    const { status, body } = await server.call('/things/x/break', { method: 'POST', token: admin });
    expect({ status, body }).toMatchObject({
      status: 403,
      body: { code: 'quota_exceeded', current: 5, status: 403 },
    });
  });

  it.each([
    ['fault', 500, 'internal_error', null],
    ['limited', 429, 'rate_limited', '7'],
    ['unavailable', 503, 'unavailable', '1'],
  ])('%s answers %i', async (kind, status, code, retryAfter) => {
    const answer = await server.call(`/things/${kind}/break`, { method: 'POST', token: admin });
    expect(answer.body).toMatchObject({ status, code });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
  });

  it('that are faults are in the log with their stack, under the request id', async () => {
    await server.call('/things/fault/break', {
      method: 'POST',
      token: admin,
      headers: { 'x-request-id': 'fault-1' },
    });
    const line = server.log.find(
      (text) => text.includes('"requestId":"fault-1"') && text.includes('secret inside'),
    );
    expect(line).toContain('test-controller');
  });
});

describe('idempotency', () => {
  it('answers a repetition with what was kept, status and ETag included', async () => {
    const first = await create('one', { 'idempotency-key': 'k-1' });
    const again = await create('one', { 'idempotency-key': 'k-1' });
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect([first.headers.get('etag'), again.headers.get('etag')]).toEqual(['"1"', '"1"']);
  });

  it('refuses the key for another request, and malformed keys', async () => {
    await create('two', { 'idempotency-key': 'k-2' });
    expect((await create('two', { 'idempotency-key': 'k-2' }, 2)).body).toMatchObject({
      status: 422,
      code: 'idempotency_mismatch',
    });
    expect((await create('three', { 'idempotency-key': 'a b' })).body).toMatchObject({
      errors: [{ path: 'headers.idempotency-key' }],
    });
  });

  it('keeps the keys of tenants and users apart', async () => {
    const other = await server.token(['admin'], 'other');
    const colleague = await server.token(['admin'], 'acme', 'usr-2');
    const headers = { 'idempotency-key': 'k-3' };
    await create('four', headers);
    for (const [token, size] of [
      [other, 3],
      [colleague, 4],
    ] as const) {
      const answer = await server.call('/things', {
        method: 'POST',
        token,
        json: { code: `five-${size}`, size },
        headers,
      });
      expect(answer.status).toBe(201);
    }
  });

  it('keeps nothing of a refusal', async () => {
    await create('six');
    expect((await create('six', { 'idempotency-key': 'k-4' })).status).toBe(409);
    expect((await create('seven', { 'idempotency-key': 'k-4' })).status).toBe(201);
  });

  it('answers with the winner when a duplicate at the same time was faster', async () => {
    await create('eight');
    const user = { userId: 'usr-1', tenantCode: 'acme', roles: ['admin'] as const };
    const request = { method: 'POST', url: '/things', body: { code: 'eight', size: 1 }, ifMatch: undefined };
    const claim = idempotencyClaim('k-5', user, request);
    const find = server.store.findIdempotent.bind(server.store);
    let looks = 0;
    server.store.findIdempotent = (...arguments_) => {
      looks += 1;
      if (looks === 2)
        server.store.keep({ scope: tenantScope('acme'), ...claim, result: { code: 'eight', version: 7 } });
      return find(...arguments_);
    };
    try {
      const answer = await create('eight', { 'idempotency-key': 'k-5' });
      expect(answer).toMatchObject({ status: 201, body: { code: 'eight', version: 7 } });
      expect(answer.headers.get('idempotency-replayed')).toBe('true');
    } finally {
      server.store.findIdempotent = find;
    }
  });

  it('has no meaning for a GET', async () => {
    expect(
      (await server.call('/things', { token: admin, headers: { 'idempotency-key': 'a b' } })).status,
    ).toBe(200);
  });
});

describe('what surrounds the requests', () => {
  it('logs one line each, without token, query or body', async () => {
    const headers = { 'x-request-id': 'log-1' };
    await server.call('/things?cursor=hidden-query', { token: admin, headers });
    const lines = server.log.filter((line) => line.includes('"log-1"')).map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({
        method: 'GET',
        route: '/things',
        status: 200,
        tenant: 'acme',
        user: 'usr-1',
        ms: expect.any(Number),
      }),
    ]);
    expect(server.log.join('')).not.toContain('hidden-query');
    expect(server.log.join('')).not.toContain(admin);
  });

  it('counts requests by route, never by tenant', async () => {
    await server.call('/nothing/of/the/kind');
    const { body } = await server.call('/metrics');
    const text = String(body.text);
    expect(text).toMatch(
      /landlord_http_request_duration_seconds_count\{method="POST",route="\/things",status="201"\} \d+/,
    );
    expect(text).toContain('route="unmatched"');
    expect(text).toContain('landlord_feed_pending_items 2');
    expect(text).toContain('landlord_feed_oldest_age_seconds 1.5');
    expect(text).not.toMatch(/acme|of\/the\/kind/);
  });

  it('says what is down', async () => {
    server.store.isDown = true;
    const answer = await server.call('/readyz');
    expect(answer.body).toMatchObject({ status: 503, code: 'unavailable', store: 'down', feed: 'up' });
    expect((await server.call('/healthz')).body).toEqual({ status: 'ok' });
    const refused = await create('nine', { 'idempotency-key': 'k-9' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('3');
  });
});
