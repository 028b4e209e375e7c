import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const ROUTES = [
  '/users',
  '/users/{id}',
  '/users/me',
  '/users/me/tenants',
  '/users/me/switch',
  '/users/invitations',
  '/users/invitations/{id}',
  '/users/invitations/{id}/resend',
  '/invitations/accept',
  '/invitations/join',
];

describe('members, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let acme: Api;
  let globex: Api;
  let anybody: Api;
  /** Whatever must be found nowhere. */
  const secrets: string[] = [];

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_LOG_LEVEL: 'debug' },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    anybody = new Api(server.url);
    for (const companySlug of ['acme-corp', 'globex']) {
      const body = { companySlug, companyName: companySlug, planCode: 'starter' };
      expect((await operator.post('/tenants/provision', body)).status).toBe(201);
    }
    const founder = async (tenant: string) =>
      new Api(server.url, await server.token('--tenant', tenant, '--role', 'admin', '--user', 'usr-001'));
    [acme, globex] = await Promise.all([founder('acme-corp'), founder('globex')]);
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  async function invite(api: Api, body: object = {}, headers: Record<string, string> = {}) {
    const input = { email: 'kim@mail.example', roles: ['member'], ...body };
    const answer = await api.post('/users/invitations', input, { headers });
    if (typeof answer.body.token === 'string') secrets.push(answer.body.token);
    return answer;
  }

  function activeUsers(api: Api): Promise<number> {
    return api.get('/usage').then(({ body }) => body.activeUsers);
  }

  it('are documented', async () => {
    const { body } = await anybody.get('/openapi.json');
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(ROUTES));
  });

  it('come by an invitation, and count as active users', async () => {
    const invited = await invite(acme, { name: 'Kim', userId: 'kim' });
    expect(invited).toMatchObject({ status: 201, body: { status: 'pending', invitedBy: 'usr-001' } });
    expect(invited.headers.get('etag')).toBe('"1"');
    const { token } = invited.body;
    const accepted = await anybody.post('/invitations/accept', { token });
    expect(accepted).toMatchObject({
      status: 201,
      body: { tenantCode: 'acme-corp', member: { id: 'kim', name: 'Kim', roles: ['member'] } },
    });
    const listed = await acme.get('/users');
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual(['kim', 'usr-001']);
    expect((await acme.get('/users/me')).body).toMatchObject({ id: 'usr-001', roles: ['admin'] });
    await expect.poll(() => activeUsers(acme), { timeout: 10_000 }).toBe(2);
  });

  it('cannot come twice by one token; a token that never was has the same answer', async () => {
    const { body } = await invite(acme);
    await acme.call('DELETE', `/users/invitations/${body.id}`);
    const [used = ''] = secrets;
    const strange = `acme-corp.inv-000000000000.${'A'.repeat(43)}`;
    const answers = await Promise.all(
      [used, body.token, strange, 'noise'].map((token) => anybody.post('/invitations/accept', { token })),
    );
    const texts = answers.map((each) => JSON.stringify([each.status, { ...each.body, requestId: '' }]));
    expect(new Set(texts).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('get one answer under an idempotency key, the secret only once', async () => {
    const headers = { 'idempotency-key': 'invite-1' };
    const first = await invite(acme, {}, headers);
    const again = await invite(acme, {}, headers);
    expect(again).toMatchObject({ status: 201, body: { ...first.body, token: null } });
    const keyed = { headers: { 'idempotency-key': 'accept-1' } };
    const accept = () => anybody.post('/invitations/accept', { token: first.body.token }, keyed);
    const answers = await Promise.all([accept(), accept(), accept()]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const { id } = answers[0]?.body.member ?? {};
    const replayed = await accept();
    expect(replayed.headers.get('idempotency-replayed')).toBe('true');
    expect((await acme.call('DELETE', `/users/${id}`)).body.status).toBe('removed');
    expect(await accept()).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('join a second tenant, change to it, and act there with the roles there', async () => {
    const { body } = await invite(acme, { roles: ['billing'] });
    const joined = await globex.post('/invitations/join', { token: body.token });
    expect(joined).toMatchObject({
      status: 201,
      body: { tenantCode: 'acme-corp', member: { isGuest: true } },
    });
    const mine = await globex.get('/users/me/tenants');
    expect(mine.body.items).toMatchObject([
      { tenantCode: 'globex', userId: 'usr-001', isHome: true, isCurrent: true },
      { tenantCode: 'acme-corp', userId: joined.body.member.id, roles: ['billing'], status: 'active' },
    ]);
    const session = await globex.post('/users/me/switch', { tenantCode: 'acme-corp' });
    expect(session).toMatchObject({
      status: 200,
      body: { tokenType: 'Bearer', tenantCode: 'acme-corp', roles: ['billing'] },
    });
    secrets.push(session.body.token);
    const guest = new Api(server.url, session.body.token);
    expect((await guest.get('/users/me')).body).toMatchObject({ id: joined.body.member.id });
    expect((await guest.get('/subscription')).status).toBe(200);
    expect((await guest.get('/users')).status).toBe(403);
    const home = await guest.post('/users/me/switch', { tenantCode: 'globex' });
    expect(home.body).toMatchObject({ tenantCode: 'globex', userId: 'usr-001', roles: ['admin'] });
    expect(Date.parse(home.body.expiresAt)).toBeLessThanOrEqual(Date.parse(session.body.expiresAt));
    secrets.push(home.body.token);
  });

  it('are removed, which ends changing there at once, and count no more', async () => {
    await expect.poll(() => activeUsers(acme), { timeout: 10_000 }).toBe(3);
    const before = await globex.get('/users/me/tenants');
    const { userId } = before.body.items[1];
    expect((await acme.call('DELETE', `/users/${userId}`)).body.status).toBe('removed');
    const removed = await globex.post('/users/me/switch', { tenantCode: 'acme-corp' });
    const never = await globex.post('/users/me/switch', { tenantCode: 'never-was' });
    expect([removed.status, { ...removed.body, requestId: '' }]).toEqual([
      404,
      { ...never.body, requestId: '' },
    ]);
    await expect.poll(() => activeUsers(acme), { timeout: 10_000 }).toBe(2);
    const last = await acme.call('DELETE', '/users/usr-001');
    expect(last).toMatchObject({ status: 409, body: { code: 'invalid_transition' } });
  });

  it('are counted again where usage from outside has moved their gauge away', async () => {
    const active = async () => Number((await acme.get('/usage')).body.activeUsers);
    const { items } = (await acme.get('/users?limit=200')).body;
    const before = items.filter((item: { status: string }) => item.status === 'active').length;
    await expect.poll(active, { timeout: 10_000 }).toBe(before);
    const { body } = await invite(acme, { email: 'short@mail.example' });
    const came = await new Api(server.url).post('/invitations/accept', { token: body.token });
    await expect.poll(active, { timeout: 10_000 }).toBe(before + 1);
    await acme.post('/usage/events', [{ id: 'away', metric: 'activeUsers', set: 0 }]);
    expect((await acme.call('DELETE', `/users/${came.body.member.id}`)).status).toBe(200);
    await expect.poll(active, { timeout: 10_000 }).toBe(before);
    const reserved = [{ id: `landlord:member:${came.body.member.id}:9`, metric: 'apiCalls' }];
    expect(
      (await operator.post('/usage/events', reserved, { tenant: 'acme-corp' })).body.errors[0].path,
    ).toBe('0.id');
  });

  it('get no more by changing tenants than their token gives', async () => {
    const { body } = await invite(acme, { email: 'guest@mail.example' });
    await globex.post('/invitations/join', { token: body.token });
    const token = await server.token('--tenant', 'globex', '--role', 'member', '--user', 'usr-001');
    const narrow = new Api(server.url, token);
    expect((await narrow.post('/users/me/switch', { tenantCode: 'globex' })).status).toBe(400);
    const away = await narrow.post('/users/me/switch', { tenantCode: 'acme-corp' });
    const guest = new Api(server.url, away.body.token);
    const home = await guest.post('/users/me/switch', { tenantCode: 'globex' });
    expect(home).toMatchObject({ status: 200, body: { userId: 'usr-001', roles: ['member'] } });
    expect((await new Api(server.url, home.body.token).get('/users')).status).toBe(403);
    expect((await acme.call('DELETE', `/users/${away.body.userId}`)).status).toBe(200);
  });

  it('are kept apart by role and tenant', async () => {
    const token = await server.token('--tenant', 'acme-corp', '--role', 'member', '--user', 'kim');
    const kim = new Api(server.url, token);
    expect((await kim.get('/users/me')).body).toMatchObject({ id: 'kim' });
    expect((await kim.get('/users')).status).toBe(403);
    expect((await invite(kim)).status).toBe(403);
    expect((await globex.get('/users/kim')).status).toBe(404);
    expect((await globex.patch('/users/kim', { name: 'X' })).status).toBe(404);
    const acting = await operator.get('/users', { tenant: 'acme-corp' });
    expect(acting.body.items).toHaveLength(2);
    expect((await operator.get('/users', { tenant: 'never-was' })).status).toBe(404);
    expect(await acme.patch('/users/kim', { roles: ['system_admin'] })).toMatchObject({ status: 400 });
  });

  it('leave their secrets in no log, no audit and no list', async () => {
    const pages: string[] = [server.logs, server.stdout];
    for (const api of [acme, globex, operator])
      pages.push(JSON.stringify((await api.get('/audit?limit=200')).body));
    pages.push(JSON.stringify((await acme.get('/users/invitations')).body));
    const everything = pages.join('\n');
    expect(everything).toContain('POST /invitations/accept');
    expect(server.logs).toContain('/users/me/switch');
    expect(secrets.length).toBeGreaterThanOrEqual(6);
    for (const secret of secrets) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(secret.split('.').at(-1));
    }
  });
});
