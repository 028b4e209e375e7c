import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

describe('tenants, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let admin: Api;
  let stranger: Api;
  const as = async (tenant: string, role: string, user = 'somebody') =>
    new Api(server.url, await server.token('--tenant', tenant, '--role', role, '--user', user));
  const provision = (companySlug: string, more: object = {}) =>
    operator.post('/tenants/provision', {
      companySlug,
      companyName: companySlug,
      planCode: 'starter',
      ...more,
    });

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({ dataDir: place.path, env: place.env });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    for (const code of ['acme', 'globex'])
      expect((await provision(code, { timezone: 'Asia/Tokyo' })).status).toBe(201);
    admin = await as('acme', 'admin');
    stranger = await as('globex', 'admin');
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('changes what is named and nothing else', async () => {
    const before = await operator.patch('/tenants/acme', {
      industry: 'Tools',
      attributes: { crm: { id: 7, owner: 'ann' }, tags: ['a', 'b'] },
    });
    expect(before).toMatchObject({ status: 200, body: { industry: 'Tools', name: 'acme' } });
    const after = await admin.patch(
      '/tenants/acme',
      { name: 'Acme', attributes: { crm: { owner: 'bob' }, tags: ['c'] } },
      { headers: { 'if-match': before.headers.get('etag') ?? '' } },
    );
    expect(after.body).toMatchObject({
      name: 'Acme',
      industry: 'Tools',
      timezone: 'Asia/Tokyo',
      attributes: { crm: { id: 7, owner: 'bob' }, tags: ['c'] },
    });
    const stale = await admin.patch('/tenants/acme', { name: 'X' }, { headers: { 'if-match': '"1"' } });
    expect(stale.body).toMatchObject({ code: 'version_conflict', currentVersion: after.body.version });
    for (const body of [{}, { code: 'other' }, { timezone: 'UTC' }, { status: 'closed' }, { industry: 5 }])
      expect((await operator.patch('/tenants/acme', body)).status).toBe(400);
    expect((await admin.patch('/tenants/acme', { caps: { apiCalls: 1 } })).status).toBe(403);
    expect((await operator.patch('/tenants/acme', { caps: { apiCalls: 1 } })).status).toBe(400);
  });

  it('keeps the facts it was created with, with or without a parent', async () => {
    for (const parentCode of [undefined, 'globex']) {
      const code = `facts-${parentCode ?? 'alone'}`;
      const created = await operator.post('/tenants', {
        code,
        name: 'F',
        parentCode,
        attributes: { crmId: 7 },
      });
      expect([created.status, created.body.attributes]).toEqual([201, { crmId: 7 }]);
    }
  });

  it('lets an admin build below its own tenant, and nobody else', async () => {
    const child = { code: 'acme--east', name: 'East', caps: { apiCalls: 100 } };
    const headers = { 'idempotency-key': 'east' };
    const created = await admin.post('/tenants/acme/children', child, { headers });
    expect(created).toMatchObject({
      status: 201,
      body: { parentCode: 'acme', ancestors: ['acme'], billing: 'parent', timezone: 'Asia/Tokyo' },
    });
    const again = await admin.post('/tenants/acme/children', child, { headers });
    expect([again.status, again.body]).toEqual([201, created.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await admin.post('/tenants/acme/children', child)).body.code).toBe('already_exists');
    expect(
      (await admin.post('/tenants/acme--east/children', { code: 'acme--east-1', name: 'E1' })).status,
    ).toBe(201);

    for (const code of ['globex', 'no-such', 'acme-east']) {
      const foreign = await admin.post('/tenants/acme/children', { code, name: 'x' });
      expect([foreign.status, foreign.body.detail]).toEqual([400, 'code: must begin with "acme--"']);
    }
    const children = await admin.get('/tenants/acme/children');
    expect(children.body.items.map((item: { code: string }) => item.code)).toEqual(['acme--east']);
    expect((await admin.get('/tenants/acme--east-1')).body.ancestors).toEqual(['acme', 'acme--east']);
    expect((await (await as('acme', 'member')).get('/tenants/acme--east')).status).toBe(404);
    const never = await stranger.get('/tenants/nobody-at-all');
    for (const path of [
      '/tenants/acme--east',
      '/tenants/acme--east/children',
      '/tenants/acme/children',
      '/tenants/acme',
    ]) {
      const { status, body } = await stranger.get(path);
      expect([status, { ...body, requestId: '' }]).toEqual([404, { ...never.body, requestId: '' }]);
    }
    const below = await as('acme--east', 'admin');
    expect((await below.get('/tenants/acme')).status).toBe(404);
    expect((await below.patch('/tenants/acme--east', { caps: { apiCalls: 1_000 } })).status).toBe(403);
    expect((await admin.patch('/tenants/acme--east', { caps: { apiCalls: 50 } })).body.caps).toEqual({
      apiCalls: 50,
    });
    expect((await below.get('/usage/quotas/apiCalls')).body).toMatchObject({ current: 0, limit: 50 });
  });

  it.each([
    ['/tenants', { code: 'Upper', name: 'x' }, 'code'],
    ['/tenants', { code: 'common', name: 'x' }, 'code'],
    ['/tenants', { code: 'x', name: 'x', parentCode: 'nobody' }, 'parentCode'],
    ['/tenants', { code: 'x', name: 'x', parentCode: 'acme', timezone: 'UTC' }, 'timezone'],
    ['/tenants', { code: 'x', name: 'x', caps: { apiCalls: 1 } }, 'caps'],
    ['/tenants', { code: 'x', name: 'x', parentCode: 'acme', caps: { apiCalls: -1 } }, 'caps.apiCalls'],
    ['/tenants', { code: 'x', name: 'x', parentCode: 'acme', caps: { steps: 1 } }, 'caps.steps'],
  ])('refuses %s %j', async (path, body, where) => {
    const { status, body: problem } = await operator.post(path, body);
    expect([status, problem.errors?.[0]?.path]).toEqual([400, where]);
    expect((await operator.get('/tenants/x')).status).toBe(404);
  });

  it('can have a subscription of its own below another', async () => {
    const own = await provision('acme-west', { parentCode: 'acme', timezone: 'Europe/Berlin' });
    expect(own).toMatchObject({ status: 201, body: { tenant: { parentCode: 'acme', billing: 'own' } } });
    const used = [{ id: 'w', metric: 'apiCalls', quantity: 3 }];
    expect((await operator.post('/usage/events', used, { tenant: 'acme-west' })).status).toBe(200);
    expect((await operator.get('/usage', { tenant: 'acme' })).body.pooled).toEqual({});
  });

  it('is suspended at once, keeps everything, and resumes', async () => {
    await provision('initech');
    const member = await as('initech', 'member');
    const [bill, ledger] = [await as('initech', 'billing'), await as('initech', 'admin')];
    expect((await member.get('/usage')).status).toBe(200);
    const suspended = await operator.post('/tenants/initech/suspend', { reason: 'unpaid' });
    expect(suspended.body).toMatchObject({ status: 'suspended' });
    for (const api of [member, bill, ledger]) {
      expect((await api.get('/usage')).body).toMatchObject({
        code: 'forbidden',
        detail: 'the tenant is suspended',
      });
      expect((await api.get('/plans')).status).toBe(200);
    }
    expect((await operator.get('/usage', { tenant: 'initech' })).status).toBe(200);
    const twice = await operator.post('/tenants/initech/suspend', undefined);
    expect(twice).toMatchObject({ status: 409, body: { code: 'invalid_transition' } });
    expect((await operator.post('/tenants/initech/resume', undefined)).body.status).toBe('active');
    expect((await member.get('/usage')).status).toBe(200);
    expect((await ledger.post('/tenants/initech/suspend', undefined)).status).toBe(403);
    expect((await stranger.post('/tenants/initech/suspend', undefined)).status).toBe(404);
  });

  it('is closed for good, after those that live on it', async () => {
    expect((await operator.post('/tenants/acme--east/close', undefined)).body.code).toBe(
      'invalid_transition',
    );
    await operator.post('/tenants/acme--east-1/suspend', { reason: 'fraud' });
    expect((await admin.post('/tenants/acme--east-1/resume', undefined)).status).toBe(403);
    expect((await admin.post('/tenants/acme-west/close', undefined)).status).toBe(403);
    expect((await admin.call('DELETE', '/tenants/acme--east-1')).body.status).toBe('closed');
    expect((await admin.post('/tenants/acme--east-1/groups', { code: 'g', name: 'g' })).status).toBe(409);
    expect((await operator.post('/tenants/acme--east/close', { reason: 'moved' })).body.status).toBe(
      'closed',
    );
    expect((await operator.post('/tenants/acme--east/resume', undefined)).body.code).toBe(
      'invalid_transition',
    );
    expect((await operator.patch('/tenants/acme--east', { name: 'x' })).body.code).toBe('invalid_transition');
    const child = { code: 'acme--east-2', name: 'E2', parentCode: 'acme--east' };
    expect((await operator.post('/tenants', child)).body.errors[0].path).toBe('parentCode');
    expect((await operator.get('/tenants/acme--east')).body.status).toBe('closed');
  });

  it('ends its subscription when it is closed, and children do not touch its version', async () => {
    await provision('ended');
    const { version } = (await operator.get('/tenants/ended')).body;
    expect(
      (await operator.post('/tenants', { code: 'ended-1', name: 'c', parentCode: 'ended' })).status,
    ).toBe(201);
    expect((await operator.get('/tenants/ended')).body.version).toBe(version);
    await operator.post('/tenants/ended-1/close', undefined);
    expect((await operator.post('/tenants/ended/close', undefined)).status).toBe(200);
    const { body } = await operator.get('/subscription', { tenant: 'ended' });
    expect(body).toMatchObject({ status: 'cancelled', endDate: expect.any(String) });
  });

  it('never has a child that came while it was being closed', async () => {
    for (let round = 0; round < 10; round += 1) {
      const parentCode = `race-${round}`;
      await provision(parentCode);
      const children = Array.from({ length: 6 }, (_, index) =>
        operator.post('/tenants', { code: `${parentCode}-${index}`, name: 'child', parentCode }),
      );
      const closed = await operator.post(`/tenants/${parentCode}/close`, undefined);
      const born = (await Promise.all(children)).filter(({ status }) => status === 201);
      if (closed.status === 200) expect(born).toEqual([]);
      else expect([closed.body.code, born.length > 0]).toEqual(['invalid_transition', true]);
    }
  });

  it('shares the seats of one plan, and gives back what a closed tenant used', async () => {
    await provision('hive');
    const cell = (index: number, more: object = {}) =>
      operator.post('/tenants', { code: `hive-${index}`, name: 'cell', parentCode: 'hive', ...more });
    const founded = await Promise.all(
      Array.from({ length: 8 }, (_, index) => cell(index, { adminEmail: `a${index}@hive.example` })),
    );
    const born = founded.flatMap(({ status }, index) => (status === 201 ? [`hive-${index}`] : []));
    expect(founded.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 201, 403, 403, 403, 403]);
    expect(founded.find(({ status }) => status === 403)?.body).toMatchObject({ code: 'quota_exceeded' });
    expect((await cell(9)).status).toBe(201);
    const usage = async (tenant: string) => (await operator.get('/usage', { tenant })).body;
    await expect.poll(() => usage('hive'), { timeout: 10_000 }).toMatchObject({ pooled: { activeUsers: 4 } });
    const [first = ''] = born;
    expect(await usage(first)).toMatchObject({ activeUsers: 1 });
    expect((await as(first, 'admin', 'usr-001').then((api) => api.get('/users'))).body.items).toHaveLength(1);

    const stored = [{ id: 's', metric: 'storageUsedGb', quantity: 3 }];
    expect((await operator.post('/usage/events', stored, { tenant: first })).status).toBe(200);
    expect((await operator.post(`/tenants/${first}/close`, undefined)).status).toBe(200);
    const released = { activeUsers: 3, storageUsedGb: 0 };
    await expect.poll(() => usage('hive'), { timeout: 10_000 }).toMatchObject({ pooled: released });
    expect((await cell(10, { adminEmail: 'late@hive.example' })).status).toBe(201);
    expect((await cell(11, { adminEmail: 'more@hive.example' })).body.code).toBe('quota_exceeded');
    const removed = await operator.call('DELETE', '/users/usr-001', { tenant: first });
    expect([200, 409]).toContain(removed.status);
    expect((await cell(12, { adminEmail: 'more@hive.example' })).body.code).toBe('quota_exceeded');
  });

  it('refuses a member from the removal on, and gives no more than the membership', async () => {
    await provision('vandelay');
    const founder = await as('vandelay', 'admin', 'usr-001');
    const invited = await founder.post('/users/invitations', { email: 'kim@v.example', roles: ['billing'] });
    const accepted = await new Api(server.url).post('/invitations/accept', { token: invited.body.token });
    const kim = await as('vandelay', 'admin', accepted.body.member.id);
    expect((await kim.get('/users')).status).toBe(403);
    expect((await kim.get('/usage/children')).status).toBe(200);
    const promoted = await founder.patch(`/users/${accepted.body.member.id}`, { roles: ['admin'] });
    expect([promoted.status, (await kim.get('/users')).status]).toEqual([200, 200]);
    expect((await founder.call('DELETE', `/users/${accepted.body.member.id}`)).status).toBe(200);
    expect((await kim.get('/usage')).body).toMatchObject({ code: 'forbidden' });
  });

  it('has groups whose settings hold for roles', async () => {
    for (const code of ['sales', 'east'])
      expect((await admin.post('/tenants/acme/groups', { code, name: code })).status).toBe(201);
    const stale = await admin.post(
      '/tenants/acme/group-roles',
      { groupId: 'sales', role: 'member' },
      { headers: { 'if-match': '"999"' } },
    );
    expect(stale.body.code).toBe('version_conflict');
    expect((await admin.post('/tenants/acme/groups', { code: 'east', name: 'x' })).body.code).toBe(
      'already_exists',
    );
    for (const groupId of ['sales', 'east'])
      expect((await admin.post('/tenants/acme/group-roles', { groupId, role: 'member' })).status).toBe(200);
    const setting = (role: string, settingGroups: string[]) =>
      admin.put(`/tenants/acme/group-roles/${role}`, { settingGroups });
    expect((await admin.get('/tenants/acme')).body.settingGroups[0].settingGroups).toEqual(['east', 'sales']);
    const customized = await setting('member', ['sales', 'east']);
    expect(customized.body.settingGroups).toEqual([
      { role: 'member', groups: ['sales', 'east'], settingGroups: ['sales', 'east'], mode: 'customized' },
    ]);
    expect((await setting('member', ['sales', 'north'])).body.errors[0].path).toBe('settingGroups.1');
    expect((await admin.call('DELETE', '/tenants/acme/groups/sales')).status).toBe(200);
    expect((await admin.call('DELETE', '/tenants/acme/groups/sales')).status).toBe(404);
    expect((await admin.get('/tenants/acme/groups')).body.items).toMatchObject([{ code: 'east' }]);
    expect((await admin.post('/tenants/acme/groups', { code: 'sales', name: 'again' })).status).toBe(201);
    expect((await admin.get('/tenants/acme')).body.settingGroups[0].settingGroups).toEqual(['east']);
    expect((await stranger.post('/tenants/acme/groups', { code: 'g', name: 'g' })).status).toBe(404);
  });

  it('has one common tenant', async () => {
    expect((await operator.get('/tenants/common')).status).toBe(404);
    const body = { name: 'The vendor', attributes: { support: 'help@vendor.example' } };
    expect((await operator.post('/tenants/common', body)).status).toBe(201);
    expect((await operator.post('/tenants/common', body)).body.code).toBe('already_exists');
    expect((await operator.get('/tenants/common')).body).toMatchObject({ code: 'common', ...body });
    expect((await admin.get('/tenants/common')).status).toBe(403);
    const listed = await operator.get('/tenants?limit=200');
    expect(listed.body.items.some((item: { code: string }) => item.code === 'common')).toBe(false);
  });
});
