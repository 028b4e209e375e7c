import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signLocalToken } from '../authentication/local-issuer.js';
import { loadSigningKey } from '../authentication/signing-key.js';
import { readConfig } from '../config.js';
import { Api } from '../e2e/api.js';
import { recordingLogger } from '../testing/test-server.js';
import { type RunningServer, startServer } from './start-server.js';

const CLAIM_NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const SINGLE = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };

describe('CloudEvents 1.0 over HTTP', () => {
  let database: TestDatabase;
  let dataDir = '';
  let server: RunningServer;
  let api: Api;
  let token = '';

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    dataDir = await mkdtemp(join(tmpdir(), 'landlord-events-'));
    const env = { PORT: '0', LANDLORD_DATA_DIR: dataDir, DATABASE_URL: database.url };
    const clock = { LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2018-04-05T18:00:00Z' };
    server = await startServer(readConfig({ ...env, ...clock }), { logger: recordingLogger().logger });
    const grant = { userId: 'operator', tenantCode: null, roles: ['system_admin'] as const, ttlSeconds: 600 };
    token = await signLocalToken(await loadSigningKey(dataDir), grant, CLAIM_NAMES);
    api = new Api(server.url, token);
    const body = { companySlug: 'acme', companyName: 'Acme', planCode: 'starter' };
    expect((await api.post('/tenants/provision', body)).status).toBe(201);
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const send = (headers: Record<string, string>, raw?: string) =>
    api.call('POST', '/usage/events', { tenant: 'acme', headers, ...(raw === undefined ? {} : { raw }) });
  const used = async () => (await api.get('/usage', { tenant: 'acme' })).body.apiCalls;

  /** The binding's example of binary mode, as far as its type goes no metric. */
  const binary = {
    'ce-specversion': '1.0',
    'ce-type': 'com.example.someevent',
    'ce-time': '2018-04-05T03:56:24Z',
    'ce-id': '1234-1234-1234',
    'ce-source': '/mycontext/subcontext',
  };
  /** The example of the JSON format, less its binary data. */
  const event = {
    specversion: '1.0',
    type: 'com.example.someevent',
    source: '/mycontext',
    subject: null,
    id: 'C234-1234-1234',
    time: '2018-04-05T17:31:00Z',
    comexampleextension1: 'value',
    comexampleothervalue: 5,
    datacontenttype: 'application/json',
    data: { metric: 'apiCalls', quantity: 2 },
  };
  const accepted = (count: number) => ({ status: 200, body: { accepted: count, duplicates: 0 } });

  it('takes one in binary mode: the body is the data', async () => {
    const before = await used();
    expect(await send({ ...JSON_TYPE, ...binary }, '{"metric":"apiCalls","quantity":3}')).toMatchObject(
      accepted(1),
    );
    expect(await used()).toBe(before + 3);
  });

  it('takes one in binary mode without a body, whose type is the metric', async () => {
    const headers = { ...binary, 'ce-type': 'apiCalls', 'ce-id': 'bare' };
    expect(await send(headers)).toMatchObject(accepted(1));
  });

  it('takes one structured, and one batched, of the same form', async () => {
    expect(await send(SINGLE, JSON.stringify(event))).toMatchObject(accepted(1));
    const batch = [
      { ...event, id: 'B234-1234-1234' },
      { ...event, id: 'C234-1234-1234' },
    ];
    expect(await send(BATCH, JSON.stringify(batch))).toMatchObject({
      status: 200,
      body: { accepted: 1, duplicates: 1 },
    });
  });

  it('knows an event again in another mode, and by its decoded source and id', async () => {
    const said = { ...event, source: '/Euro € 😀', id: 'a "quoted" id' };
    expect(await send(SINGLE, JSON.stringify(said))).toMatchObject(accepted(1));
    const headers = {
      'ce-specversion': '1.0',
      'ce-type': said.type,
      'ce-time': said.time,
      'ce-source': '/Euro%20%E2%82%AC%20%F0%9F%98%80',
      'ce-id': '"a \\"quoted\\" id"',
    };
    const again = await send({ ...JSON_TYPE, ...headers }, JSON.stringify(said.data));
    expect(again).toMatchObject({ status: 200, body: { accepted: 0, duplicates: 1 } });
    const other = await send({ ...JSON_TYPE, ...headers }, '{"metric":"apiCalls","quantity":9}');
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'duplicate_event', errors: [{ path: 'headers.ce-id' }] },
    });
  });

  it('keeps the answer under an Idempotency-Key, which covers the headers', async () => {
    const headers = { ...JSON_TYPE, ...binary, 'ce-id': 'keyed', 'idempotency-key': 'k1' };
    const first = await send(headers, '{"metric":"apiCalls"}');
    const again = await send(headers, '{"metric":"apiCalls"}');
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await send({ ...headers, 'ce-id': 'other' }, '{"metric":"apiCalls"}')).toMatchObject({
      status: 422,
    });
  });

  const DATA = '{"metric":"apiCalls"}';
  it.each<[string, Record<string, string>, string | undefined, number, string]>([
    ['no specversion', { 'ce-specversion': '' }, DATA, 400, 'headers.ce-specversion'],
    ['another specversion', { 'ce-specversion': '0.3' }, DATA, 400, 'headers.ce-specversion'],
    ['an empty id', { 'ce-id': '' }, DATA, 400, 'headers.ce-id'],
    ['an id that is too long', { 'ce-id': 'x'.repeat(256) }, DATA, 400, 'headers.ce-id'],
    ['an empty source', { 'ce-source': '' }, DATA, 400, 'headers.ce-source'],
    ['an empty type', { 'ce-type': '' }, DATA, 400, 'headers.ce-type'],
    ['a type that is no metric', {}, '{}', 400, 'headers.ce-type'],
    ['a time that is none', { 'ce-time': 'yesterday' }, DATA, 400, 'headers.ce-time'],
    ['a time to come', { 'ce-time': '2018-04-05T20:00:00Z' }, DATA, 400, 'headers.ce-time'],
    ['a lone percent sign', { 'ce-source': '/100%' }, DATA, 400, 'headers.ce-source'],
    ['bytes that are no UTF-8', { 'ce-id': '%FF' }, DATA, 400, 'headers.ce-id'],
    ['raw bytes', { 'ce-source': '/\u00e9' }, DATA, 400, 'headers.ce-source'],
    ['a metric there is not', {}, '{"metric":"steps"}', 400, 'metric'],
    ['a quantity that is none', {}, '{"metric":"apiCalls","quantity":"x"}', 400, 'quantity'],
    ['data that is a list', {}, '[1]', 400, ''],
    ['data of another type', { 'content-type': 'text/plain' }, DATA, 415, ''],
  ])('refuses in binary mode %s', async (_what, headers, raw, status, path) => {
    const before = await used();
    const answer = await send({ ...JSON_TYPE, ...binary, 'ce-id': 'bad', ...headers }, raw);
    expect([answer.status, answer.body.errors?.[0]?.path ?? '']).toEqual([status, path]);
    if (path !== '') expect(answer.body.detail).toContain(path);
    expect(await used()).toBe(before);
  });

  it.each(['specversion', 'id', 'source', 'type'])('refuses in binary mode no ce-%s', async (name) => {
    const headers: Record<string, string> = { ...JSON_TYPE, ...binary };
    delete headers[`ce-${name}`];
    expect(await send(headers, DATA)).toMatchObject({
      status: 400,
      body: { errors: [{ path: `headers.ce-${name}` }] },
    });
  });

  it('refuses a header that is given twice', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { ...binary, ...JSON_TYPE, authorization: `Bearer ${token}`, 'x-tenant-code': 'acme' };
      const sent = request(`${server.url}/usage/events`, {
        method: 'POST',
        headers: { ...headers, 'ce-id': ['a', 'b'] },
      });
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end(DATA);
    });
    expect(status).toBe(400);
  });

  it.each<[string, Record<string, string>, unknown, string]>([
    ['a list as one event', SINGLE, [event], ''],
    ['one event as a batch', BATCH, event, ''],
    ['an event of no version', SINGLE, { ...event, specversion: undefined }, 'specversion'],
    ['an event of no version in a batch', BATCH, [event, { id: 'x', metric: 'apiCalls' }], '1.specversion'],
    ['an empty batch', BATCH, [], ''],
    ['an event without a source', SINGLE, { ...event, source: undefined }, 'source'],
    ['a type that is no metric', SINGLE, { ...event, id: 'odd', data: {} }, 'type'],
    ['binary data', SINGLE, { ...event, data: undefined, data_base64: 'AA==' }, 'data_base64'],
    ['other data', SINGLE, { ...event, id: 'odd', data: { hello: 1 } }, 'data.hello'],
  ])('refuses %s', async (_what, headers, body, path) => {
    const answer = await send(headers, JSON.stringify(body));
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, path]);
  });

  it('is documented', async () => {
    const { paths } = (await api.get('/openapi.json')).body;
    const { requestBody, parameters } = paths['/usage/events'].post;
    expect(Object.keys(requestBody.content)).toEqual([
      'application/json',
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
    ]);
    const names = parameters.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-time']),
    );
  });
});
