import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, Api, type CallOptions } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const TENANT = { companySlug: 'fine', companyName: 'Fine', planCode: 'starter' };
const EVENT = { id: 'e', metric: 'apiCalls' };

interface Case {
  readonly what: string;
  readonly send: (call: (path: string, options: CallOptions) => Promise<Answer>) => Promise<Answer>;
  readonly status: number;
  readonly path?: string;
  readonly code?: string;
}

function provision(what: string, change: object, path: string): Case {
  return {
    what,
    send: (call) => call('/tenants/provision', { body: { ...TENANT, ...change } }),
    status: 400,
    path,
  };
}

function events(what: string, body: unknown, path: string): Case {
  return { what, send: (call) => call('/usage/events', { body, tenant: 'acme' }), status: 400, path };
}

function raw(
  what: string,
  text: string,
  { path = '', status = 400, headers = {}, to = '/usage/events', code = 'validation_failed' } = {},
): Case {
  return { what, send: (call) => call(to, { raw: text, tenant: 'acme', headers }), status, path, code };
}

const CASES: readonly Case[] = [
  raw('malformed JSON', '[{"id":'),
  raw('no JSON at all', 'hello'),
  raw('an empty body', ''),
  raw('a polluting name', '[{"id":"e","metric":"apiCalls","__proto__":{"x":1}}]', { path: '0.__proto__' }),
  raw('a polluting name deep inside', '[{"id":"e","metric":"apiCalls","properties":{"__proto__":{"x":1}}}]', {
    path: '0.properties.__proto__',
  }),
  raw(
    'a polluting constructor',
    '[{"id":"e","metric":"apiCalls","properties":{"constructor":{"prototype":{"x":1}}}}]',
    { path: '0.properties.constructor' },
  ),
  raw('1e400', '[{"id":"e","metric":"apiCalls","quantity":1e400}]', { path: '0.quantity' }),
  raw('-1e400', '[{"id":"e","metric":"storageUsedGb","quantity":-1e400}]', { path: '0.quantity' }),
  raw('1e400 among the properties', '[{"id":"e","metric":"apiCalls","properties":{"x":1e400}}]', {
    path: '0.properties.x',
  }),
  raw('NaN', '[{"id":"e","metric":"apiCalls","quantity":NaN}]'),
  raw('another media type', 'id=e', {
    status: 415,
    headers: { 'content-type': 'text/plain' },
    code: 'unsupported_media_type',
  }),
  raw('an unknown encoding', '[]', {
    status: 415,
    headers: { 'content-type': 'application/xml' },
    code: 'unsupported_media_type',
  }),
  raw('a body of 50 MB', `[{"id":"${'x'.repeat(50 * 1024 * 1024)}"}]`, {
    status: 413,
    code: 'payload_too_large',
  }),
  raw('nesting without end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {
    path: Array(33).fill('0').join('.'),
  }),
  events('no events', [], ''),
  events(
    'too many events',
    Array.from({ length: 10_001 }, (_, index) => ({ ...EVENT, id: `${index}` })),
    '',
  ),
  events('a wrong type', { ...EVENT }, 'specversion'),
  events('a number for an event', [EVENT, 7], '1'),
  events('null', [null], '0'),
  events('an unknown field', [{ ...EVENT, colour: 'red' }], '0.colour'),
  events('an unknown metric', [EVENT, { id: 'f', metric: 'nope' }], '1.metric'),
  events('a metric named like a method', [{ id: 'f', metric: 'toString' }], '0.metric'),
  events('a missing id', [{ metric: 'apiCalls' }], '0.id'),
  events('an empty id', [{ ...EVENT, id: '' }], '0.id'),
  events('an endless id', [{ ...EVENT, id: 'x'.repeat(300) }], '0.id'),
  events('NUL in an id', [{ ...EVENT, id: 'a\u0000b' }], '0.id'),
  events('half a surrogate pair', [{ ...EVENT, id: '\ud800' }], '0.id'),
  events('NUL in a property', [{ ...EVENT, properties: { x: '\u0000' } }], '0.properties.x'),
  events('an object as property', [{ ...EVENT, properties: { x: { y: 1 } } }], '0.properties.x'),
  events('zero', [{ ...EVENT, quantity: 0 }], '0.quantity'),
  events('minus zero', [{ ...EVENT, quantity: '-0' }], '0.quantity'),
  events('a negative sum', [{ ...EVENT, quantity: -1 }], '0.quantity'),
  events('2^53', [{ ...EVENT, quantity: 2 ** 53 }], '0.quantity'),
  events('ten decimal places', [{ ...EVENT, quantity: '0.0000000001' }], '0.quantity'),
  events('an exponent', [{ ...EVENT, quantity: '1e5' }], '0.quantity'),
  events('words', [{ ...EVENT, quantity: 'many' }], '0.quantity'),
  events('31 digits', [{ ...EVENT, quantity: '9'.repeat(31) }], '0.quantity'),
  events('a true quantity', [{ ...EVENT, quantity: true }], '0.quantity'),
  events('a gauge below zero', [{ id: 'g', metric: 'storageUsedGb', quantity: -1 }], '0.quantity'),
  events('set for a sum', [{ ...EVENT, set: 5 }], '0.set'),
  events('a day that does not exist', [{ ...EVENT, timestamp: '2024-02-30T00:00:00Z' }], '0.timestamp'),
  events('29 February of a common year', [{ ...EVENT, timestamp: '2023-02-29T00:00:00Z' }], '0.timestamp'),
  events('hour 25', [{ ...EVENT, timestamp: '2024-02-01T25:00:00Z' }], '0.timestamp'),
  events('no offset', [{ ...EVENT, timestamp: '2024-02-01T00:00:00' }], '0.timestamp'),
  events('a number for a time', [{ ...EVENT, timestamp: 1_700_000_000 }], '0.timestamp'),
  events('a far future', [{ ...EVENT, timestamp: '9999-12-31T23:59:59Z' }], '0.timestamp'),
  events(
    'a CloudEvent of another version',
    [{ specversion: '0.3', id: 'x', source: '/s', type: 'apiCalls' }],
    '0.specversion',
  ),
  provision('a slug with capitals', { companySlug: 'Acme' }, 'companySlug'),
  provision('a slug with a space', { companySlug: 'ac me' }, 'companySlug'),
  provision('a slug with #', { companySlug: 'ac#me' }, 'companySlug'),
  provision('a slug of 300 characters', { companySlug: 'a'.repeat(300) }, 'companySlug'),
  provision('a slug that begins with a hyphen', { companySlug: '-acme' }, 'companySlug'),
  provision('a slug with a line break', { companySlug: 'acme\n' }, 'companySlug'),
  provision('a slug of another alphabet', { companySlug: 'аcme' }, 'companySlug'),
  provision('a reserved slug', { companySlug: 'common' }, 'companySlug'),
  provision('an empty slug', { companySlug: '' }, 'companySlug'),
  provision('a number as slug', { companySlug: 7 }, 'companySlug'),
  provision('an array as slug', { companySlug: ['fine'] }, 'companySlug'),
  provision('a blank name', { companyName: '   ' }, 'companyName'),
  provision('NUL in the name', { companyName: 'a\u0000' }, 'companyName'),
  provision('an unknown plan', { planCode: 'gold' }, 'planCode'),
  provision('a plan named by a key', { planCode: 'starter#x' }, 'planCode'),
  provision('a zone that does not exist', { timezone: 'Mars/Olympus' }, 'timezone'),
  provision('an offset as zone', { timezone: '+09:00' }, 'timezone'),
  provision('a polluting zone', { timezone: '__proto__' }, 'timezone'),
  provision('a country that is none', { country: 'Japan' }, 'country'),
  provision('no e-mail address', { adminEmail: 'nobody' }, 'adminEmail'),
  provision('an unknown field', { plan: 'starter' }, 'plan'),
  {
    what: 'a missing body',
    send: (call) => call('/tenants/provision', { raw: '{}' }),
    status: 400,
    path: 'companySlug',
  },
];

describe('bad input', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({ dataDir: place.path, env: place.env });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    expect((await operator.post('/tenants/provision', { ...TENANT, companySlug: 'acme' })).status).toBe(201);
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it.each(CASES)('$what: a clear refusal', async ({ send, status, path, code = 'validation_failed' }) => {
    const answer = await send((to, options) => operator.call('POST', to, options));
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      code,
      status,
      title: expect.any(String),
      type: expect.any(String),
      detail: expect.any(String),
    });
    if (path !== undefined && status === 400) {
      expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
    }
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\bat \w+ \(|select |landlord\.item/);
  });

  it.each([
    ['/usage/2024-13', 'params.period'],
    ['/usage/0000-00', 'params.period'],
    ['/usage/2024-1', 'params.period'],
    ['/usage/%00', 'params.period'],
    ['/usage/2024-01%0a', 'params.period'],
    ['/usage/__proto__', 'params.period'],
    ['/audit?limit=0', 'query.limit'],
    ['/audit?limit=201', 'query.limit'],
    ['/audit?limit=1e1', 'query.limit'],
    ['/audit?limit=5&limit=6', 'query.limit'],
    ['/audit?cursor=nonsense', 'query.cursor'],
    ['/audit?colour=red', 'query.colour'],
    ['/audit?__proto__[x]=1', 'query.__proto__[x]'],
    ['/audit?type=%00', 'query.type'],
  ])('GET %s: a clear refusal', async (url, path) => {
    const answer = await operator.get(url, { tenant: 'acme' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  it.each([
    ['X-Tenant-Code', 'Not A Code', 400],
    ['X-Tenant-Code', 'nobody-here', 404],
    ['Idempotency-Key', 'x'.repeat(256), 400],
    ['If-Match', 'W/"1"', 400],
    ['Authorization', 'Bearer nonsense', 401],
    ['Authorization', 'Basic dXNlcjpwYXNz', 401],
  ])('%s: %s is refused with %i', async (name, value, status) => {
    const path = name === 'If-Match' || name === 'Idempotency-Key' ? '/subscription/auto-renew' : '/usage';
    const method = path === '/usage' ? 'GET' : 'PATCH';
    const options = {
      tenant: 'acme',
      headers: { [name.toLowerCase()]: value },
      ...(method === 'PATCH' ? { body: { autoRenew: true } } : {}),
    };
    const answer = await operator.call(method, path, options);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it.each([
    'GET /%E0%A4%A HTTP/1.1',
    `GET /${'x'.repeat(20_000)} HTTP/1.1`,
    'GET /nothing/here HTTP/1.1',
    'BREW /usage HTTP/1.1',
    'GET /usage HTTP/9.9',
  ])('the raw request %.30s is answered with a 4xx', async (requestLine) => {
    const status = await rawStatus(server.url, `${requestLine}\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('wrote nothing and is as healthy as before', async () => {
    const { body } = await operator.get('/usage', { tenant: 'acme' });
    expect(body).toMatchObject({ apiCalls: 0, storageUsedGb: 0 });
    expect((await operator.get('/tenants')).body.items).toHaveLength(1);
    const audit = await operator.get('/audit', { tenant: 'acme' });
    expect(audit.body.items).toHaveLength(6);
    expect(server.logs).not.toMatch(/"level":(50|60)/);
  });
});

function rawStatus(url: string, request: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    let text = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
    socket.on('error', reject);
  });
}
