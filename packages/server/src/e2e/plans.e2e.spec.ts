import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const START = '2024-01-31T09:00:00Z';
const TEAM = {
  displayName: 'Team',
  description: 'For teams that grow.',
  monthlyPrice: 4_900,
  yearlyPrice: 49_000,
  currency: 'USD',
  prices: { EUR: { monthly: 4_500, yearly: 45_000 } },
  trialDays: 0,
  features: [{ name: 'sso', enabled: true }],
  limits: {
    maxUsers: 10,
    maxApiCalls: 1_000,
    maxStorageGb: '2.50',
    maxProjects: null,
    tokens: '123456789012345678',
  },
  enforcement: { apiCalls: 'soft' },
  overage: {
    apiCalls: {
      model: 'graduated',
      tiers: [
        { upTo: 1_000, unitPrice: '0.50' },
        { upTo: null, unitPrice: '0.25' },
      ],
    },
  },
};

describe('plans, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let anybody: Api;
  const adminOf = async (tenant: string) =>
    new Api(server.url, await server.token('--tenant', tenant, '--role', 'admin', '--user', 'usr-001'));
  const subscriptionOf = async (tenant: string) => (await operator.get('/subscription', { tenant })).body;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: START },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    anybody = new Api(server.url);
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('are created by operators, shown to all, and refused with everything that is wrong', async () => {
    const admin = await adminOf('acme');
    expect((await admin.post('/plans', { code: 'team', ...TEAM })).status).toBe(403);
    const bad = { code: 'team', ...TEAM, monthlyPrice: -1, limits: { maxUsers: 1 }, currency: 'USX' };
    expect(await operator.post('/plans', bad)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
    const paths = (await operator.post('/plans', bad)).body.errors.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual([
      'currency',
      'limits.maxApiCalls',
      'limits.maxProjects',
      'limits.maxStorageGb',
      'monthlyPrice',
    ]);
    const endless = JSON.stringify({ code: 'team', ...TEAM }).replace('4900', '1e400');
    expect((await operator.post('/plans', null, { raw: endless })).body.errors[0].path).toBe('monthlyPrice');

    const made = await operator.post(
      '/plans',
      { code: 'team', ...TEAM },
      { headers: { 'idempotency-key': 'team' } },
    );
    expect(made).toMatchObject({
      status: 201,
      body: { code: 'team', version: 1, revision: 1, isActive: true },
    });
    expect(made.body.limits).toEqual({ ...TEAM.limits, maxStorageGb: 2.5 });
    expect(made.body.overage.apiCalls.tiers[0]).toEqual({ upTo: 1_000, unitPrice: '0.5' });
    expect(made.headers.get('etag')).toBe('"1"');
    const again = await operator.post(
      '/plans',
      { code: 'team', ...TEAM },
      { headers: { 'idempotency-key': 'team' } },
    );
    expect(again).toMatchObject({ status: 201, body: made.body });
    expect((await operator.post('/plans', { code: 'team', ...TEAM })).body.code).toBe('already_exists');
    expect((await anybody.get('/plans/team')).body).toEqual(made.body);
    expect((await anybody.get('/plans')).body.items.map(({ code }: { code: string }) => code)).toContain(
      'team',
    );
  });

  it('get new versions, consecutive also when many are made at once', async () => {
    for (const companySlug of ['acme', 'beta', 'gamma'])
      expect(
        await operator.post('/tenants/provision', {
          companySlug,
          companyName: companySlug,
          planCode: 'team',
          timezone: 'Asia/Tokyo',
        }),
      ).toMatchObject({ status: 201, body: { subscription: { status: 'active', planVersion: 1 } } });

    const same = await operator.post('/plans/team/versions', TEAM);
    expect(same).toMatchObject({ status: 201, body: { version: 1, created: false } });
    const stale = await operator.post(
      '/plans/team/versions',
      { ...TEAM, monthlyPrice: 1 },
      { headers: { 'if-match': '"7"' } },
    );
    expect(stale).toMatchObject({ status: 409, body: { code: 'version_conflict', currentVersion: 1 } });
    const added = await Promise.all(
      [5_000, 5_100, 5_200].map((monthlyPrice) =>
        operator.post('/plans/team/versions', { ...TEAM, monthlyPrice }),
      ),
    );
    expect(added.map(({ body }) => body.version).toSorted()).toEqual([2, 3, 4]);
    const { body } = await operator.get('/plans/team/versions?limit=3');
    expect(body.items.map(({ version }: { version: number }) => version)).toEqual([4, 3, 2]);
    const rest = await operator.get(
      `/plans/team/versions?limit=3&cursor=${encodeURIComponent(body.nextCursor)}`,
    );
    expect(rest.body).toMatchObject({ items: [{ version: 1, monthlyPrice: 4_900 }], nextCursor: null });
    expect((await operator.get('/plans/team/versions/1')).body.monthlyPrice).toBe(4_900);
    expect((await operator.get('/plans/team/versions/9')).status).toBe(404);
    expect((await operator.get('/plans/none/versions')).status).toBe(404);
    expect((await anybody.get('/plans/team/versions')).status).toBe(401);
    expect((await (await adminOf('acme')).get('/plans/team/versions/1')).status).toBe(200);
  });

  it('keep their subscriptions at the version signed, until these are migrated: now', async () => {
    expect(await subscriptionOf('acme')).toMatchObject({ planVersion: 1, scheduledChange: null });
    const request = { tenantCodes: ['acme', 'nobody'], when: 'now', toVersion: 2 };
    const told = await operator.post('/plans/team/migrate', { ...request, dryRun: true });
    expect(told.body).toMatchObject({
      matched: 1,
      migrated: 0,
      skipped: [{ tenantCode: 'nobody', reason: 'no_subscription' }],
    });
    const key = { headers: { 'idempotency-key': 'move-acme' } };
    const moved = await Promise.all([1, 2].map(() => operator.post('/plans/team/migrate', request, key)));
    for (const { status, body } of moved) expect([status, body.migrated]).toEqual([200, 1]);
    expect(await subscriptionOf('acme')).toMatchObject({ planVersion: 2, version: 2 });
    expect(await subscriptionOf('beta')).toMatchObject({ planVersion: 1, version: 1 });
    expect(
      (await operator.post('/plans/team/migrate', { ...request, toVersion: 5 })).body.errors[0].path,
    ).toBe('toVersion');
    expect((await operator.post('/plans/none/migrate', request)).status).toBe(404);
    expect((await (await adminOf('acme')).post('/plans/team/migrate', request)).status).toBe(403);
  });

  it('or at their renewal, which time brings', async () => {
    const wait = await operator.post('/plans/team/migrate', {
      everyone: true,
      when: 'renewal',
      fromVersions: [1],
    });
    expect(wait.body).toMatchObject({
      toVersion: 4,
      matched: 2,
      scheduled: 2,
      skipped: [{ tenantCode: 'acme', reason: 'not_from_version' }],
      nextCursor: null,
    });
    expect(await subscriptionOf('beta')).toMatchObject({
      planVersion: 1,
      scheduledChange: {
        kind: 'plan_version',
        planVersion: 4,
        effective: 'renewal',
        requestedAt: '2024-01-31T09:00:00.000Z',
      },
      currentPeriod: { from: '2024-01-31', to: '2024-02-29' },
    });
    await operator.patch('/subscription/auto-renew', { autoRenew: false }, { tenant: 'gamma' });

    await operator.put('/clock', { now: '2024-02-28T14:59:59.999Z' });
    expect(await subscriptionOf('beta')).toMatchObject({ planVersion: 1 });
    await operator.put('/clock', { now: '2024-02-28T15:00:00Z' });
    expect(await subscriptionOf('beta')).toMatchObject({
      status: 'active',
      planVersion: 4,
      scheduledChange: null,
      currentPeriod: { from: '2024-02-29', to: '2024-03-31' },
    });
    expect(await subscriptionOf('acme')).toMatchObject({
      planVersion: 2,
      currentPeriod: { from: '2024-02-29' },
    });
    expect(await subscriptionOf('gamma')).toMatchObject({
      status: 'expired',
      endDate: '2024-02-29',
      scheduledChange: null,
    });

    await operator.put('/clock', { now: '2025-02-01T00:00:00Z' });
    expect(await subscriptionOf('beta')).toMatchObject({
      currentPeriod: { from: '2025-01-31', to: '2025-02-28' },
    });
  });

  it('are retired: not offered, not chosen, kept by those who have them', async () => {
    const { headers } = await anybody.get('/plans/team');
    const etag = headers.get('etag') ?? '';
    const retired = await operator.post('/plans/team/retire', undefined, { headers: { 'if-match': etag } });
    expect(retired).toMatchObject({ status: 200, body: { isActive: false, version: 4, revision: 5 } });
    expect(retired.headers.get('etag')).toBe('"5"');
    const late = await operator.post('/plans/team/retire', undefined, { headers: { 'if-match': etag } });
    expect(late).toMatchObject({ status: 409, body: { code: 'version_conflict', currentVersion: 5 } });
    const codes = async (query: string) =>
      (await anybody.get(`/plans${query}`)).body.items.map(({ code }: { code: string }) => code);
    expect(await codes('')).not.toContain('team');
    expect(await codes('?includeRetired=true')).toContain('team');
    const chosen = await operator.post('/tenants/provision', {
      companySlug: 'delta',
      companyName: 'Delta',
      planCode: 'team',
    });
    expect(chosen).toMatchObject({ status: 400, body: { errors: [{ path: 'planCode' }] } });
    expect(await subscriptionOf('beta')).toMatchObject({ planCode: 'team', status: 'active' });
    await operator.post('/plans/team/reinstate', undefined);
    expect(await codes('')).toContain('team');
  });

  it('are documented', async () => {
    const { paths } = (await anybody.get('/openapi.json')).body;
    for (const path of ['/plans/{code}/versions/{version}', '/plans/{code}/migrate', '/plans/{code}/retire'])
      expect(Object.keys(paths)).toContain(path);
  });
});
