import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const NAMES = ['acme', 'rival'];

describe('settings and features, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let admin: Api;
  let member: Api;
  let rival: Api;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({ dataDir: place.path, env: place.env });
    const api = async (...args: string[]) => new Api(server.url, await server.token(...args));
    const of = (tenant: string, role: string, user: string) =>
      api('--tenant', tenant, '--role', role, '--user', user);
    operator = await api('--role', 'system_admin');
    [admin, member, rival] = await Promise.all([
      of('acme', 'admin', 'usr-001'),
      of('acme', 'member', 'usr-002'),
      of('rival', 'admin', 'usr-001'),
    ]);
    for (const companySlug of NAMES)
      await operator.post('/tenants/provision', {
        companySlug,
        companyName: companySlug,
        planCode: 'starter',
      });
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  const forTenant = { tenant: 'acme' };

  it('every route is documented', async () => {
    const { paths } = (await new Api(server.url).get('/openapi.json')).body;
    const documented = (path: string) => Object.keys(paths[path] ?? {}).sort();
    expect(documented('/settings')).toEqual(['get']);
    expect(documented('/settings/{name}')).toEqual(['delete', 'get', 'put']);
    expect(documented('/features')).toEqual(['get']);
    expect(documented('/features/{name}')).toEqual(['get']);
  });

  it('the nearest level holds, and deleting it lets the next one hold', async () => {
    expect(await member.get('/settings/theme')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const common = await operator.put('/settings/theme', { value: 'light', level: 'common' });
    expect(common).toMatchObject({ status: 200, body: { level: 'common', version: 1 } });
    expect(common.headers.get('etag')).toBe('"1"');
    await admin.put('/settings/theme', { value: { base: 'dark' }, level: 'tenant' });
    await member.put('/settings/theme', { value: null, level: 'user' });

    expect((await member.get('/settings/theme')).body).toEqual({ name: 'theme', value: null });
    expect((await member.get('/settings/theme?explain=true')).body).toEqual({
      ...{ name: 'theme', level: 'user', source: 'usr-002', version: 1, value: null },
      shadowed: [
        { level: 'tenant', source: 'acme', version: 1, value: { base: 'dark' } },
        { level: 'common', source: 'common', version: 1, value: 'light' },
      ],
    });
    const { body } = await member.call('DELETE', '/settings/theme?level=user');
    expect(body).toMatchObject({ level: 'user', value: null, isDeleted: true, version: 2 });
    expect((await member.get('/settings/theme')).body.value).toEqual({ base: 'dark' });
    await admin.call('DELETE', '/settings/theme?level=tenant');
    expect((await member.get('/settings?explain')).body.items).toEqual([
      { name: 'theme', level: 'common', source: 'common', version: 1, value: 'light', shadowed: [] },
    ]);
  });

  it('a change under If-Match happens to that version only, and a repetition once', async () => {
    const put = (value: number, version: string) =>
      admin.put('/settings/size', { value, level: 'tenant' }, { headers: { 'if-match': version } });
    expect((await put(1, '"0"')).status).toBe(200);
    expect(await put(2, '"0"')).toMatchObject({ status: 409, body: { code: 'version_conflict' } });
    expect((await put(2, '"1"')).headers.get('etag')).toBe('"2"');
    const remove = () =>
      admin.call('DELETE', '/settings/size?level=tenant', { headers: { 'idempotency-key': 'once' } });
    const [first, second] = [await remove(), await remove()];
    expect(first.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await admin.call('DELETE', '/settings/size?level=tenant')).status).toBe(404);
  });

  it.each([
    ['member', 'tenant', {}, 403],
    ['member', 'group', { group: 'north' }, 403],
    ['member', 'user', { userId: 'usr-001' }, 403],
    ['member', 'common', {}, 403],
    ['admin', 'common', {}, 403],
    ['admin', 'group', { group: 'nowhere' }, 404],
    ['admin', 'user', { userId: 'nobody' }, 404],
    ['operator', 'tenant', {}, 400],
  ])('a %s does not write at the level %s with %j', async (who, level, target, status) => {
    const api = { member, admin, operator }[who];
    expect(await api?.put('/settings/theme', { value: 1, level, ...target })).toMatchObject({ status });
    const query = new URLSearchParams({ level, ...target } as Record<string, string>);
    expect((await api?.call('DELETE', `/settings/theme?${query}`))?.status).toBe(status);
  });

  it('an operator acts for a tenant by the header, and nobody else does', async () => {
    await operator.put('/settings/motto', { value: 'ours', level: 'tenant' }, forTenant);
    expect((await member.get('/settings/motto')).body.value).toBe('ours');
    const away = await rival.put('/settings/motto', { value: 'theirs', level: 'tenant' }, forTenant);
    expect(away).toMatchObject({ status: 200, body: { source: 'rival' } });
    expect((await rival.get('/settings/motto', forTenant)).body.value).toBe('theirs');
    expect((await member.get('/settings/motto')).body.value).toBe('ours');
    const common = await operator.put('/settings/motto', { value: 1, level: 'common' }, forTenant);
    expect(common.status).toBe(403);
  });

  it('of another tenant there is nothing, answered as what never was', async () => {
    await admin.put('/settings/private', { value: 1, level: 'tenant' });
    const [theirs, never] = [await rival.get('/settings/private'), await rival.get('/settings/never')];
    const told = ({ requestId, ...rest }: Record<string, unknown>) => rest;
    expect(theirs.status).toBe(404);
    expect(told(theirs.body)).toEqual(told(never.body));
    expect((await rival.get('/settings')).body.items.map(({ name }: { name: string }) => name)).not.toContain(
      'private',
    );
  });

  it.each([
    ['__proto__', 400],
    ['constructor', 404],
    ['x'.repeat(64), 404],
    ['x'.repeat(200), 400],
    ['a%23b', 400],
    ['%00', 400],
  ])('the name %s is answered with %i', async (name, status) => {
    expect((await member.get(`/settings/${name}`)).status).toBe(status);
    if (status === 400)
      expect((await member.put(`/settings/${name}`, { value: 1, level: 'user' })).status).toBe(400);
  });

  it('features are those of the plan, granted by an operator and turned off by an admin', async () => {
    const { features } = (await member.get('/plans/starter')).body;
    const listed = (await member.get('/features')).body.items;
    expect(listed.map(({ name, enabled }: Record<string, unknown>) => `${name} ${enabled}`).sort()).toEqual(
      features.map(({ name, enabled }: Record<string, unknown>) => `${name} ${enabled}`).sort(),
    );
    await admin.put('/settings/feature.moon', { value: true, level: 'tenant' });
    expect((await member.get('/features/moon')).body).toMatchObject({
      enabled: false,
      reason: 'needs_operator',
    });
    await operator.put('/settings/feature.moon', { value: true, level: 'tenant' }, forTenant);
    expect((await member.get('/features/moon')).body).toEqual({
      ...{ name: 'moon', enabled: true, source: 'setting', level: 'tenant', reason: null },
    });
    await admin.put('/settings/feature.moon', { value: false, level: 'user', userId: 'usr-001' });
    expect((await admin.get('/features/moon?explain=true')).body).toMatchObject({
      ...{ enabled: false, source: 'setting', reason: 'turned_off', level: 'user' },
      explain: {
        plan: null,
        settings: [
          { level: 'user', source: 'usr-001', value: false, byOperator: false },
          { level: 'tenant', source: 'acme', value: true, byOperator: true },
        ],
      },
    });
    expect((await member.get('/features/moon')).body.enabled).toBe(true);
    expect((await rival.get('/features/moon')).body).toMatchObject({ enabled: false, source: 'none' });
    expect((await member.put('/settings/feature.moon', { value: false, level: 'user' })).status).toBe(403);
    expect((await operator.get('/features')).status).toBe(400);
  });

  it.each(['never', '__proto__', 'x'.repeat(200), 'a%23b'])(
    'the feature %s is off, not an error',
    async (name) => {
      expect(await member.get(`/features/${name}`)).toMatchObject({
        ...{ status: 200, body: { enabled: false, source: 'none', reason: 'not_in_plan' } },
      });
    },
  );
});
