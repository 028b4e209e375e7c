import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const PLAN = {
  code: 'ai',
  displayName: 'AI',
  monthlyPrice: 0,
  yearlyPrice: 0,
  currency: 'USD',
  limits: {
    maxUsers: null,
    maxApiCalls: 100,
    maxStorageGb: null,
    maxProjects: null,
    tokens: 1_000,
    writers: 2,
    gpus: 8,
  },
};
const SMALL = { ...PLAN, code: 'ai-small', limits: { ...PLAN.limits, gpus: 3 } };
const EVENTS = { eventName: 'llm.completion', filter: [{ property: 'status', in: ['ok'] }] };
const METERS = [
  { code: 'tokens', aggregation: 'sum', valueProperty: 'tokens', dimensions: ['model'], ...EVENTS },
  { code: 'largest', aggregation: 'max', valueProperty: 'tokens', ...EVENTS },
  { code: 'writers', aggregation: 'unique', uniqueProperty: 'user', eventName: 'llm.completion' },
  { code: 'gpus', aggregation: 'gauge' },
  { code: 'temperature', aggregation: 'latest', unit: 'degree' },
];

describe('meters and reservations, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let admin: Api;
  const clockTo = (now: string) => operator.put('/clock', { now });

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-01-15T12:00:00Z' },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    for (const plan of [PLAN, SMALL]) expect((await operator.post('/plans', plan)).status).toBe(201);
    const acme = { companySlug: 'acme', companyName: 'Acme', planCode: 'ai', timezone: 'Asia/Tokyo' };
    expect((await operator.post('/tenants/provision', acme)).status).toBe(201);
    admin = new Api(
      server.url,
      await server.token('--tenant', 'acme', '--role', 'admin', '--user', 'usr-001'),
    );
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('are made by operators alone, and shown to every member', async () => {
    for (const meter of METERS) {
      expect((await admin.post('/meters', { displayName: meter.code, ...meter })).status).toBe(403);
      const made = await operator.post('/meters', { displayName: meter.code, ...meter });
      expect(made).toMatchObject({ status: 201, body: { code: meter.code, version: 1, isActive: true } });
      expect(made.headers.get('etag')).toBe('"1"');
    }
    const { body } = await admin.get('/meters');
    expect(body.items.map(({ code }: { code: string }) => code)).toEqual([
      ...['activeUsers', 'apiCalls', 'gpus', 'largest', 'projectCount'],
      ...['storageUsedGb', 'temperature', 'tokens', 'writers'],
    ]);
    expect(body.items[2]).toMatchObject({ aggregation: 'gauge', resets: 'never', eventName: 'gpus' });
    expect((await admin.get('/meters/tokens')).body).toMatchObject({
      valueProperty: 'tokens',
      resets: 'period',
    });
    expect((await new Api(server.url).get('/meters')).status).toBe(401);
  });

  it.each([
    [{ code: 'tokens' }, 409, null],
    [{ code: 'maxUsers' }, 400, 'code'],
    [{ code: 'constructor' }, 400, 'code'],
    [{ code: 'Big' }, 400, 'code'],
    [{ code: 'u', aggregation: 'unique' }, 400, 'uniqueProperty'],
    [{ code: 'd', dimensions: ['a', 'b', 'c', 'd', 'e', 'f'] }, 400, 'dimensions'],
    [{ code: 'f', filter: [{ property: 'a', in: [] }] }, 400, 'filter.0.in'],
    [{ code: 'x', aggregation: 'average' }, 400, 'aggregation'],
    [{ code: 'y', isActive: false }, 400, 'isActive'],
  ])('%j is %i at %s', async (input, status, path) => {
    const made = await operator.post('/meters', { displayName: 'M', aggregation: 'sum', ...input });
    expect(made.status).toBe(status);
    if (path !== null) expect(JSON.stringify(made.body)).toContain(path);
  });

  it('count what is said of them, and show it against the plan', async () => {
    const done = (id: string, user: string, more = {}) => ({
      specversion: '1.0',
      source: '/llm',
      type: 'llm.completion',
      id,
      data: { properties: { status: 'ok', tokens: 150, user, model: 'large', ...more } },
    });
    const events = [
      done('1', 'ada'),
      done('2', 'ada', { tokens: '250.5' }),
      done('3', 'bob', { status: 'no' }),
    ];
    expect((await admin.post('/usage/events', events)).body).toEqual({ accepted: 3, duplicates: 0 });
    const levels = [
      { id: 'g', metric: 'gpus', set: 4 },
      { id: 't2', metric: 'temperature', quantity: 21, timestamp: '2024-01-15T11:00:00Z' },
      { id: 't1', metric: 'temperature', quantity: 35, timestamp: '2024-01-15T10:00:00Z' },
    ];
    await admin.post('/usage/events', levels);
    const { body } = await admin.get('/usage');
    const meters = { gpus: 4, largest: 250.5, temperature: 21, tokens: 400.5, writers: 2 };
    expect(body).toMatchObject({ period: '2024-01', apiCalls: 0, meters });
    const quotaOf = (metric: string) =>
      body.quotas.find((quota: { metric: string }) => quota.metric === metric);
    expect(quotaOf('tokens')).toMatchObject({ current: 400.5, limit: 1_000, percentage: 40.05, held: 0 });
    expect(quotaOf('writers')).toMatchObject({ current: 2, limit: 2, isExceeded: true });
    expect(quotaOf('largest')).toMatchObject({ limit: null });
    expect((await admin.get('/usage/quotas/tokens')).body).toEqual(quotaOf('tokens'));
  });

  it('refuse what nobody knows, and take what counts nowhere', async () => {
    const unknown = await admin.post('/usage/events', [{ id: 'u', metric: 'steps' }]);
    expect(unknown).toMatchObject({ status: 400, body: { errors: [{ path: '0.metric' }] } });
    expect(JSON.stringify(unknown.body)).toContain('llm.completion');
    const byCode = await admin.post('/usage/events', [{ id: 'u', metric: 'tokens' }]);
    expect(JSON.stringify(byCode.body)).toContain('llm.completion');
    const wrong = { id: 'u', metric: 'llm.completion', properties: { status: 'ok', tokens: 'lots' } };
    expect(await admin.post('/usage/events', [wrong])).toMatchObject({
      status: 400,
      body: { errors: [{ path: '0.properties.tokens' }] },
    });
    const nowhere = [{ id: 'nowhere', metric: 'llm.completion', properties: { status: 'no' } }];
    expect((await admin.post('/usage/events', nowhere)).body).toEqual({ accepted: 1, duplicates: 0 });
    expect((await admin.post('/usage/events', nowhere)).body).toEqual({ accepted: 0, duplicates: 1 });
  });

  it('admit within the plan, by event or by code', async () => {
    const completion = (id: string, properties: object) =>
      admin.post('/usage/consume', { id, metric: 'llm.completion', properties });
    expect(await completion('c1', { user: 'ada', status: 'ok', tokens: 99.5 })).toMatchObject({
      status: 200,
    });
    expect(await completion('c2', { user: 'cy' })).toMatchObject({
      status: 403,
      body: { code: 'quota_exceeded', metric: 'writers', current: 2, limit: 2 },
    });
    expect(await admin.post('/usage/consume', { id: 'c3', metric: 'tokens', quantity: 500 })).toMatchObject({
      status: 200,
      body: { admitted: true, metric: 'tokens', current: 1_000, limit: 1_000, isExceeded: true },
    });
    expect(await admin.post('/usage/consume', { id: 'c4', metric: 'tokens', quantity: '0.1' })).toMatchObject(
      {
        status: 403,
        body: { detail: 'Quota exceeded for tokens: 1000/1000. Please upgrade your plan.' },
      },
    );
  });

  it('stand in the way of a smaller plan, used or held, until they are retired', async () => {
    const smaller = () => admin.patch('/subscription/plan', { planCode: 'ai-small' });
    expect(await smaller()).toMatchObject({
      status: 400,
      body: { code: 'downgrade_blocked', metric: 'gpus', current: 4, limit: 3 },
    });
    await admin.post('/usage/events', [{ id: 'g2', metric: 'gpus', set: 2 }]);
    await admin.post('/usage/reservations', { id: 'gpu', metric: 'gpus', quantity: 2 });
    expect(await smaller()).toMatchObject({ status: 400, body: { metric: 'gpus', current: 4 } });
    await operator.post('/meters/gpus/retire', {});
    expect((await admin.post('/usage/events', [{ id: 'g3', metric: 'gpus', set: 2 }])).status).toBe(400);
    expect((await admin.get('/usage/quotas/gpus')).status).toBe(404);
    expect((await smaller()).status).toBe(200);
    expect((await operator.post('/meters/gpus/reinstate', {})).body).toMatchObject({ isActive: true });
    expect((await admin.get('/usage/quotas/gpus')).body).toMatchObject({ current: 2, held: 2, limit: 3 });
    expect((await admin.post('/usage/reservations/gpu/release', {})).status).toBe(200);
  });

  it('are described anew, and count as they did', async () => {
    const change = { unit: 'token', dimensions: ['model', 'user'] };
    const changed = await operator.patch('/meters/tokens', change, { headers: { 'if-match': '"1"' } });
    expect(changed).toMatchObject({ status: 200, body: { ...change, version: 2 } });
    const stale = await operator.patch('/meters/tokens', change, { headers: { 'if-match': '"1"' } });
    expect(stale).toMatchObject({ status: 409, body: { code: 'version_conflict' } });
    for (const [body, path] of [
      [{ dimensions: ['user'] }, 'dimensions'],
      [{ displayName: 'T', aggregation: 'max' }, 'aggregation'],
      [{}, ''],
    ] as const)
      expect(await operator.patch('/meters/tokens', body)).toMatchObject({
        status: 400,
        body: { errors: [{ path }] },
      });
    expect((await operator.post('/meters/apiCalls/retire', {})).status).toBe(409);
    expect((await admin.patch('/meters/tokens', change)).status).toBe(403);
  });

  it('are named by caps of children, as long as there is such a meter', async () => {
    const child = (caps: object) =>
      admin.post('/tenants/acme/children', { code: 'acme--lab', name: 'Lab', caps });
    expect(await child({ steps: 1 })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'caps.steps' }] },
    });
    expect(await child({ gpus: 1 })).toMatchObject({ status: 201, body: { caps: { gpus: 1 } } });
    const on = { tenant: 'acme--lab' };
    const use = (id: string) => operator.post('/usage/consume', { id, metric: 'gpus' }, on);
    expect((await use('l1')).body).toMatchObject({ admitted: true, current: 1, limit: 1 });
    expect((await use('l2')).status).toBe(403);
    const { body } = await admin.get('/usage/children');
    expect(body.items).toMatchObject([{ tenantCode: 'acme--lab', meters: { gpus: 1 } }]);
    expect((await admin.get('/usage')).body).toMatchObject({ meters: { gpus: 2 }, pooled: { gpus: 1 } });
  });

  it('are held, used and given back', async () => {
    const reserve = (body: object) => admin.post('/usage/reservations', body);
    const made = await reserve({ id: 'job-1', metric: 'apiCalls', quantity: 60, expiresInSeconds: 120 });
    expect(made).toMatchObject({
      status: 201,
      body: {
        ...{ id: 'job-1', status: 'held', quantity: 60, expiresAt: '2024-01-15T12:02:00.000Z' },
        ...{ metric: 'apiCalls', current: 0, held: 60, limit: 100, percentage: 60, isExceeded: false },
      },
    });
    expect(
      (await reserve({ id: 'job-1', metric: 'apiCalls', quantity: 60, expiresInSeconds: 120 })).body,
    ).toEqual(made.body);
    expect(await reserve({ id: 'job-1', metric: 'apiCalls', quantity: 61 })).toMatchObject({
      status: 409,
      body: { code: 'duplicate_event' },
    });
    expect(await reserve({ id: 'job-2', metric: 'apiCalls', quantity: 41 })).toMatchObject({
      status: 403,
      body: { code: 'quota_exceeded', current: 0, held: 60, limit: 100 },
    });
    expect((await admin.post('/usage/consume', { id: 'x', metric: 'apiCalls', quantity: 41 })).status).toBe(
      403,
    );
    const path = '/usage/reservations/job-1';
    expect(await admin.post(`${path}/commit`, { quantity: 61 })).toMatchObject({ status: 400 });
    expect(await admin.post(`${path}/commit`, { quantity: 15 })).toMatchObject({
      status: 200,
      body: { status: 'committed', used: 15, current: 15, held: 0 },
    });
    expect((await admin.post(`${path}/commit`, { quantity: 15 })).body).toMatchObject({ current: 15 });
    expect(await admin.post(`${path}/release`, undefined)).toMatchObject({
      status: 409,
      body: { code: 'invalid_transition' },
    });
    expect((await admin.get(path)).body).toMatchObject({ status: 'committed', used: 15 });
  });

  it('are given back when their time is over, and refuse a late commit', async () => {
    await admin.post('/usage/reservations', { id: 'slow', metric: 'apiCalls', quantity: 80 });
    expect((await admin.get('/usage/reservations')).body.items).toMatchObject([
      { id: 'slow', status: 'held' },
    ]);
    await clockTo('2024-01-15T12:05:00Z');
    expect((await admin.get('/usage/quotas/apiCalls')).body).toMatchObject({ current: 15, held: 0 });
    expect((await admin.get('/usage/reservations')).body.items).toEqual([]);
    const late = await admin.post('/usage/reservations/slow/commit', {});
    expect(late).toMatchObject({ status: 409, body: { code: 'invalid_transition' } });
    expect(late.body.detail).toContain('expired');
  });

  it.each([
    [{ id: 'n', metric: 'steps' }, 'metric'],
    [{ id: 'n', metric: 'writers' }, 'metric'],
    [{ id: 'n', metric: 'temperature' }, 'metric'],
    [{ id: 'n', metric: 'apiCalls', quantity: 0 }, 'quantity'],
    [{ id: 'n', metric: 'apiCalls', quantity: -1 }, 'quantity'],
    [{ id: 'n', metric: 'apiCalls', expiresInSeconds: 86_401 }, 'expiresInSeconds'],
    [{ id: 'no blanks', metric: 'apiCalls' }, 'id'],
  ])('%j is no reservation: %s', async (body, path) => {
    expect(await admin.post('/usage/reservations', body)).toMatchObject({
      status: 400,
      body: { errors: [{ path }] },
    });
  });

  it("are nobody else's to see or end", async () => {
    const beta = { companySlug: 'beta', companyName: 'Beta', planCode: 'ai' };
    await operator.post('/tenants/provision', beta);
    const other = new Api(
      server.url,
      await server.token('--tenant', 'beta', '--role', 'admin', '--user', 'usr-001'),
    );
    for (const id of ['slow', 'never']) {
      expect((await other.get(`/usage/reservations/${id}`)).status).toBe(404);
      expect((await other.post(`/usage/reservations/${id}/commit`, {})).status).toBe(404);
    }
  });

  it('answer a repetition under a key with the first answer', async () => {
    const headers = { 'idempotency-key': 'once' };
    const body = { id: 'keyed', metric: 'apiCalls', quantity: 5 };
    const first = await admin.post('/usage/reservations', body, { headers });
    await admin.post('/usage/reservations/keyed/release', {});
    expect((await admin.post('/usage/reservations', body, { headers })).body).toEqual(first.body);
  });

  it('move with the tenant: what was seen is not counted again', async () => {
    const exported = await operator.get('/tenants/acme/export');
    expect(exported.status).toBe(200);
    const text = typeof exported.body === 'string' ? exported.body : JSON.stringify(exported.body);
    expect(text).toContain('"kind":"sighting"');
    expect(text).toContain('RESERVATION#job-1');
    expect(text).not.toContain('"ada"},"recordedAt"');
  });
});
