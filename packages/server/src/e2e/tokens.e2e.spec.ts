import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeOidc } from '../testing/fake-oidc.js';
import { FORGED_TOKENS } from '../testing/forged-tokens.js';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

describe('a server that trusts an OpenID Connect issuer', () => {
  let oidc: FakeOidc;
  let place: TestPlace;
  let server: ServerProcess;
  let anybody: Api;

  beforeAll(async () => {
    oidc = await FakeOidc.start();
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, OIDC_ISSUER: oidc.issuer, OIDC_AUDIENCE: 'landlord-api' },
    });
    anybody = new Api(server.url);
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
    await oidc?.stop();
  });

  const operator = () => oidc.sign({ 'custom:roles': ['system_admin'] });

  it('lets its operators in', async () => {
    expect((await anybody.get('/tenants', { token: await operator() })).status).toBe(200);
  });

  it.each(FORGED_TOKENS)('refuses a token %s', async (_name, make) => {
    const answer = await anybody.get('/tenants', { token: await make(oidc) });
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(oidc.requests).not.toContain('/injected');
  });

  it('refuses a token of the local issuer', async () => {
    const token = await server.token('--role', 'system_admin');
    expect(await anybody.get('/tenants', { token })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
  });

  it.each([
    ['no roles', {}],
    ['nested roles', { 'custom:roles': { roles: ['system_admin'] } }],
    ['roles under another name', { roles: ['system_admin'], 'custom:roles': [] }],
    ['a role in another case', { 'custom:roles': 'System_Admin' }],
  ])('knows who comes with %s, and lets them do nothing', async (_name, claims) => {
    const token = await oidc.sign({ 'custom:roles': undefined as never, ...claims });
    expect(await anybody.get('/tenants', { token })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
  });

  it('has asked for the keys once, but for keys it did not know', () => {
    expect(oidc.requests.filter((url) => url !== '/jwks')).toEqual(['/.well-known/openid-configuration']);
    expect(oidc.requests.filter((url) => url === '/jwks').length).toBeLessThanOrEqual(3);
  });
});
