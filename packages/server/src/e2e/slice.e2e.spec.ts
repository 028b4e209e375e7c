import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const ACME = {
  companySlug: 'acme-corp',
  companyName: 'Acme Corporation',
  planCode: 'starter',
  timezone: 'Asia/Tokyo',
  country: 'JP',
  adminEmail: 'admin@acme.example',
};

describe('the first slice, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let admin: Api;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-01-31T16:30:00Z' },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    admin = new Api(
      server.url,
      await server.token('--tenant', 'acme-corp', '--role', 'admin', '--user', 'usr-001'),
    );
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('is healthy, ready, measured and documented without signing in', async () => {
    const anybody = new Api(server.url);
    expect(await anybody.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect((await anybody.get('/readyz')).status).toBe(200);
    expect((await anybody.get('/metrics')).body).toMatch(/landlord_http_request_duration_seconds/);
    const document = (await anybody.get('/openapi.json')).body;
    expect(document.openapi).toMatch(/^3\.1/);
    for (const path of [
      '/tenants/provision',
      '/subscription',
      '/usage/events',
      '/usage',
      '/usage/{period}',
      '/audit',
      '/plans',
      '/clock',
    ]) {
      expect(Object.keys(document.paths)).toContain(path);
    }
    expect((await anybody.get('/docs/')).status).toBe(200);
  });

  it('shows the three seeded plans to anybody', async () => {
    const { body } = await new Api(server.url).get('/plans');
    const figures = body.items.map((plan: Record<string, unknown>) => [
      plan.code,
      plan.monthlyPrice,
      plan.yearlyPrice,
      plan.currency,
      plan.trialDays,
      plan.limits,
    ]);
    expect(figures).toEqual([
      [
        'enterprise',
        49_900,
        499_000,
        'USD',
        14,
        { maxUsers: null, maxApiCalls: null, maxStorageGb: null, maxProjects: null },
      ],
      [
        'professional',
        9_900,
        99_000,
        'USD',
        14,
        { maxUsers: 25, maxApiCalls: 100_000, maxStorageGb: 100, maxProjects: 20 },
      ],
      [
        'starter',
        2_900,
        29_000,
        'USD',
        14,
        { maxUsers: 5, maxApiCalls: 10_000, maxStorageGb: 10, maxProjects: 3 },
      ],
    ]);
  });

  it('provisions a tenant with a trial, in its own time zone', async () => {
    const { status, body } = await operator.post('/tenants/provision', ACME);
    expect(status).toBe(201);
    expect(body.tenant).toMatchObject({
      code: 'acme-corp',
      name: 'Acme Corporation',
      status: 'active',
      country: 'JP',
      timezone: 'Asia/Tokyo',
      version: 1,
    });
    // 16:30 in UTC on 31 January is 1 February in Tokyo; 14 days later is the start of the 15th there.
    expect(body.subscription).toMatchObject({
      code: 'SUB-001',
      planCode: 'starter',
      planVersion: 1,
      billingCycle: 'monthly',
      status: 'trial',
      startDate: '2024-02-01',
      endDate: null,
      currentPeriod: { from: '2024-02-01', to: '2024-02-15' },
      trialEndsAt: '2024-02-14T15:00:00.000Z',
      autoRenew: true,
      cancelAt: null,
      scheduledChange: null,
      version: 1,
    });
    expect(body.usage).toMatchObject({
      period: '2024-02',
      apiCalls: 0,
      storageUsedGb: 0,
      activeUsers: 1,
      projectCount: 0,
      meters: {},
    });
  });

  it('refuses the same slug again, and an unknown plan, and leaves nothing behind', async () => {
    expect(await operator.post('/tenants/provision', ACME)).toMatchObject({
      status: 409,
      body: { code: 'already_exists' },
    });
    const unknown = await operator.post('/tenants/provision', {
      ...ACME,
      companySlug: 'other',
      planCode: 'platinum',
    });
    expect(unknown).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: 'planCode' }] },
    });
    expect((await operator.get('/tenants/other')).status).toBe(404);
  });

  it('reads the subscription with its version, and turns renewal off for whoever read it last', async () => {
    const read = await admin.get('/subscription');
    expect(read.headers.get('etag')).toBe('"1"');
    const off = await admin.patch(
      '/subscription/auto-renew',
      { autoRenew: false },
      { headers: { 'if-match': '"1"' } },
    );
    expect(off).toMatchObject({ status: 200, body: { autoRenew: false, version: 2 } });
    expect(off.headers.get('etag')).toBe('"2"');
    const late = await admin.patch(
      '/subscription/auto-renew',
      { autoRenew: true },
      { headers: { 'if-match': '"1"' } },
    );
    expect(late).toMatchObject({ status: 409, body: { code: 'version_conflict', currentVersion: 2 } });
    expect((await admin.patch('/subscription/auto-renew', { autoRenew: false })).body.version).toBe(2);
  });

  it('counts events once, in the month of their own time', async () => {
    const events = [
      { id: 'e1', metric: 'apiCalls' },
      { id: 'e2', metric: 'apiCalls', quantity: '2.5' },
      { id: 'jan', metric: 'apiCalls', quantity: 7, timestamp: '2024-01-31T23:59:59+09:00' },
      { id: 'gb', metric: 'storageUsedGb', quantity: 9 },
      { specversion: '1.0', id: 'c1', source: '/gateway', type: 'apiCalls', time: '2024-01-31T15:00:00Z' },
    ];
    expect(await admin.post('/usage/events', events)).toMatchObject({
      status: 200,
      body: { accepted: 5, duplicates: 0 },
    });
    expect((await admin.post('/usage/events', events)).body).toEqual({ accepted: 0, duplicates: 5 });
    const { body } = await admin.get('/usage');
    expect(body).toMatchObject({ period: '2024-02', apiCalls: 4.5, storageUsedGb: 9, activeUsers: 1 });
    expect(body.quotas).toContainEqual({
      metric: 'storageUsedGb',
      current: 9,
      held: 0,
      limit: 10,
      percentage: 90,
      isExceeded: false,
      isNearLimit: true,
    });
    expect((await admin.get('/usage/2024-01')).body).toMatchObject({ apiCalls: 7, storageUsedGb: 0 });
    expect((await admin.get('/usage/2024-03')).body).toMatchObject({
      apiCalls: 0,
      storageUsedGb: 9,
      lastUpdatedAt: null,
    });
    expect((await admin.get('/usage/2023-11')).body).toMatchObject({ apiCalls: 0, storageUsedGb: 0 });
  });

  it('takes none when one event is bad, and names it', async () => {
    const good = { id: 'g1', metric: 'apiCalls' };
    const bad = await admin.post('/usage/events', [good, { id: 'g2', metric: 'nonsense' }]);
    expect(bad).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: '1.metric' }] },
    });
    const reused = await admin.post('/usage/events', [good, { id: 'e1', metric: 'apiCalls', quantity: 2 }]);
    expect(reused).toMatchObject({
      status: 409,
      body: { code: 'duplicate_event', errors: [{ path: '1.id' }] },
    });
    expect((await admin.post('/usage/events', [good])).body).toEqual({ accepted: 1, duplicates: 0 });
  });

  it('gives the same answer under an idempotency key, and one effect', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    const globex = { ...ACME, companySlug: 'globex' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => operator.post('/tenants/provision', globex, { headers })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const other = await operator.post(
      '/tenants/provision',
      { ...globex, companySlug: 'initech' },
      { headers },
    );
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    const counted = () => admin.post('/usage/events', [{ id: 'keyed', metric: 'apiCalls' }], { headers });
    expect((await counted()).body).toEqual({ accepted: 1, duplicates: 0 });
    const again = await counted();
    expect(again).toMatchObject({ status: 200, body: { accepted: 1, duplicates: 0 } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('tells who did what, newest first', async () => {
    const { body } = await admin.get('/audit?type=SUBSCRIPTION');
    expect(
      body.items.map((entry: Record<string, unknown>) => [entry.id, entry.version, entry.kind, entry.source]),
    ).toEqual([
      ['TENANT#acme-corp#SUBSCRIPTION#SUB-001', 2, 'partial', 'PATCH /subscription/auto-renew'],
      ['TENANT#acme-corp#SUBSCRIPTION#SUB-001', 1, 'full', 'POST /tenants/provision'],
    ]);
    expect(body.items[0]).toMatchObject({ userId: 'usr-001', at: '2024-01-31T16:30:00.000Z' });
    const first = await admin.get('/audit?limit=1');
    expect(first.body.nextCursor).toEqual(expect.any(String));
    const second = await admin.get(`/audit?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body.items[0]).not.toEqual(first.body.items[0]);
  });

  it('lets changes that name no version all happen, however many come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        admin.patch('/subscription/auto-renew', { autoRenew: index % 2 === 0 }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect((await admin.patch('/subscription/auto-renew', { autoRenew: false })).body.autoRenew).toBe(false);
  });

  it('keeps roles and tenants apart', async () => {
    const member = new Api(server.url, await server.token('--tenant', 'acme-corp', '--role', 'member'));
    expect(await member.post('/usage/events', [{ id: 'x', metric: 'apiCalls' }])).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect((await member.get('/usage')).status).toBe(200);
    expect(await admin.post('/tenants/provision', { ...ACME, companySlug: 'mine' })).toMatchObject({
      status: 403,
    });
    expect((await admin.get('/usage', { tenant: 'globex' })).body).toMatchObject({ apiCalls: 6.5 });
    expect((await operator.get('/usage', { tenant: 'globex' })).body).toMatchObject({ apiCalls: 0 });
    const ghost = new Api(server.url, await server.token('--tenant', 'ghost', '--role', 'admin'));
    const notThere = await ghost.get('/subscription');
    expect(notThere).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const strangers = [await admin.get('/tenants/globex'), await admin.get('/tenants/nobody')];
    const texts = strangers.map(({ status, body }) => [status, { ...body, requestId: '' }]);
    expect(texts[0]).toEqual(texts[1]);
    const unsigned = await new Api(server.url).get('/usage');
    expect(unsigned).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(unsigned.headers.get('content-type')).toMatch(/application\/problem\+json/);
  });

  it('moves the test clock forward only, and lives through a restart on the same clock', async () => {
    expect((await operator.get('/clock')).body.now).toBe('2024-01-31T16:30:00.000Z');
    expect((await operator.put('/clock', { now: '2024-03-05T00:00:00Z' })).status).toBe(200);
    expect(await operator.put('/clock', { now: '2024-03-04T00:00:00Z' })).toMatchObject({ status: 409 });
    expect((await admin.put('/clock', { now: '2025-01-01T00:00:00Z' })).status).toBe(403);
    expect((await admin.get('/usage')).body).toMatchObject({
      period: '2024-03',
      apiCalls: 0,
      storageUsedGb: 9,
    });
    expect(await server.stop()).toBe(0);
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test' },
    });
    admin = new Api(server.url, await server.token('--tenant', 'acme-corp', '--role', 'admin'));
    expect((await admin.get('/usage')).body).toMatchObject({ period: '2024-03' });
    expect((await admin.get('/usage/2024-02')).body).toMatchObject({ apiCalls: 6.5 });
  });
});
