import { runningPostgres } from '@landlord/postgres/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

/** Changes are made on one process, and must hold at once on the other, which has admitted the caller just before. */
describe('admission of usage on two processes', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let peer: ServerProcess;
  let operator: Api;
  let founder: Api;
  let ids = 0;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({ dataDir: place.path, env: place.env });
    const url = place.env.DATABASE_URL ?? (await runningPostgres(place.path)) ?? '';
    peer = await ServerProcess.start({ dataDir: place.path, env: { DATABASE_URL: url } });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    const body = { companySlug: 'acme-corp', companyName: 'Acme', planCode: 'starter' };
    expect((await operator.post('/tenants/provision', body)).status).toBe(201);
    founder = await caller(server, 'usr-001');
  });
  afterAll(async () => {
    await peer?.stop();
    await server?.stop();
    await place?.remove();
  });

  async function caller({ url }: ServerProcess, user: string): Promise<Api> {
    return new Api(url, await server.token('--tenant', 'acme-corp', '--role', 'admin', '--user', user));
  }

  async function statusesOf(api: Api): Promise<number[]> {
    const [consumed, recorded] = await Promise.all([
      api.post('/usage/consume', { id: `c-${ids++}`, metric: 'apiCalls' }),
      api.post('/usage/events', [{ id: `e-${ids++}`, metric: 'apiCalls' }]),
    ]);
    return [consumed.status, recorded.status];
  }

  async function apiCalls(): Promise<number> {
    return (await founder.get('/usage')).body.apiCalls;
  }

  it('ends with a suspension, each time, and takes nothing', async () => {
    const there = await caller(peer, 'usr-001');
    for (let round = 0; round < 5; round += 1) {
      expect(await statusesOf(there)).toEqual([200, 200]);
      const before = await apiCalls();
      expect((await operator.post('/tenants/acme-corp/suspend', { reason: 'unpaid' })).status).toBe(200);
      expect(await statusesOf(there)).toEqual([403, 403]);
      expect((await operator.post('/tenants/acme-corp/resume', {})).status).toBe(200);
      expect(await apiCalls()).toBe(before);
    }
  });

  it('ends with the membership, and with the role', async () => {
    const invited = await founder.post('/users/invitations', {
      ...{ email: 'kim@mail.example', userId: 'kim', roles: ['admin'] },
    });
    expect(
      (await new Api(server.url).post('/invitations/accept', { token: invited.body.token })).status,
    ).toBe(201);
    const kim = await caller(peer, 'kim');
    expect(await statusesOf(kim)).toEqual([200, 200]);
    expect((await founder.patch('/users/kim', { roles: ['member'] })).status).toBe(200);
    expect(await statusesOf(kim)).toEqual([403, 403]);
    expect((await founder.patch('/users/kim', { roles: ['admin'] })).status).toBe(200);
    expect(await statusesOf(kim)).toEqual([200, 200]);
    expect((await founder.call('DELETE', '/users/kim')).status).toBe(200);
    expect(await statusesOf(kim)).toEqual([403, 403]);
  });

  it('begins with the membership of somebody who was taken at the issuer’s word before', async () => {
    const lee = await caller(peer, 'lee');
    expect(await statusesOf(lee)).toEqual([200, 200]);
    const invited = await founder.post('/users/invitations', {
      ...{ email: 'lee@mail.example', userId: 'lee', roles: ['member'] },
    });
    const accepted = await new Api(server.url).post('/invitations/accept', { token: invited.body.token });
    expect(accepted.status).toBe(201);
    expect(await statusesOf(lee)).toEqual([403, 403]);
  });
});
