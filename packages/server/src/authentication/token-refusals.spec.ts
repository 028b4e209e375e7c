import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeOidc } from '../testing/fake-oidc.js';
import { FORGED_TOKENS } from '../testing/forged-tokens.js';
import { OidcIssuer, type OidcIssuerOptions } from './oidc-issuer.js';
import { TokenVerifier } from './token-verifier.js';

const NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };
const REFUSED = { code: 'unauthenticated' };

function verifierFor(oidc: FakeOidc, options: Partial<OidcIssuerOptions> = {}): TokenVerifier {
  const base = { issuer: oidc.issuer, audience: 'landlord-api', jwksUri: null, onError: () => undefined };
  return new TokenVerifier(new OidcIssuer({ ...base, timeoutMs: 500, random: () => 1, ...options }), NAMES);
}

function header(oidc: FakeOidc): string {
  return JSON.stringify({ alg: 'RS256', kid: oidc.publicJwk.kid });
}

describe('a token', () => {
  let oidc: FakeOidc;
  let verifier: TokenVerifier;

  beforeAll(async () => {
    oidc = await FakeOidc.start();
    verifier = verifierFor(oidc);
    await verifier.verify(await oidc.sign());
  });
  afterAll(() => oidc.stop());

  it.each(FORGED_TOKENS)('%s is refused', async (_name, make) => {
    await expect(verifier.verify(await make(oidc))).rejects.toMatchObject(REFUSED);
    expect(oidc.requests).not.toContain('/injected');
    expect(await verifier.verify(await oidc.sign())).toMatchObject({ userId: 'user-1' });
  });

  it('may be for several audiences when this one is among them', async () => {
    const token = await oidc.sign({ aud: ['other', 'landlord-api'] });
    expect(await verifier.verify(token)).toMatchObject({ userId: 'user-1' });
  });

  it('that says something twice means the last', async () => {
    const claims = JSON.stringify({ ...oidc.claims(), 'custom:roles': 'admin' }).slice(0, -1);
    const token = oidc.signText(header(oidc), `${claims},"custom:roles":"member","aud":"landlord-api"}`);
    expect(await verifier.verify(token)).toMatchObject({ roles: ['member'] });
  });

  it.each([
    ['an object', { admin: true, roles: ['admin'] }],
    ['lists within a list', [['admin'], { role: 'admin' }]],
    ['an object as text', '{"roles":["system_admin"]}'],
    ['lists within a list as text', '[["system_admin"]]'],
  ])('gives no role by roles in %s', async (_name, roles) => {
    expect(await verifier.verify(await oidc.sign({ 'custom:roles': roles }))).toMatchObject({ roles: [] });
  });

  it.each([9_999_999_999, 8.64e12, Number.MAX_SAFE_INTEGER, 1e300])('may end as late as %d', async (exp) => {
    expect(await verifier.verify(await oidc.sign({ exp }))).toMatchObject({ userId: 'user-1' });
  });
});

describe('the keys of the issuer', () => {
  let oidc: FakeOidc;

  beforeEach(async () => {
    oidc = await FakeOidc.start();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await oidc.stop();
  });

  const keyRequests = () => oidc.requests.filter((url) => url === '/jwks').length;
  const later = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
  const signMany = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => oidc.sign({ sub: `u${index}`, exp: 9_999_999_999 })),
    );

  it('are fetched once for many tokens at once', async () => {
    const verifier = verifierFor(oidc);
    const tokens = await signMany(50);
    await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(oidc.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('are good no longer once the issuer has dropped them, also for tokens seen before', async () => {
    const verifier = verifierFor(oidc, { cooldownMs: 0 });
    const [seen = '', unseen = ''] = await signMany(2);
    await verifier.verify(seen);
    await oidc.rotate('key-2');
    expect(await verifier.verify(await oidc.sign({ sub: 'new' }))).toMatchObject({ userId: 'new' });
    await expect(verifier.verify(unseen)).rejects.toMatchObject(REFUSED);
    later(300_001);
    await expect(verifier.verify(seen)).rejects.toMatchObject(REFUSED);
  });

  it('are believed ten minutes; a far end of a token does not make a dropped key last longer', async () => {
    const verifier = verifierFor(oidc);
    const [token = ''] = await signMany(1);
    await verifier.verify(token);
    await oidc.rotate('key-2');
    later(600_001);
    await expect(verifier.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it('that do not come in time are not waited for', async () => {
    oidc.isSilent = true;
    const verifier = verifierFor(oidc, { jwksUri: `${oidc.issuer}/jwks`, timeoutMs: 100 });
    const startedAt = performance.now();
    await expect(verifier.verify(await oidc.sign())).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('that fail are asked for once in ten seconds, and found again then', async () => {
    const verifier = verifierFor(oidc, { jwksUri: `${oidc.issuer}/jwks` });
    oidc.status = 503;
    for (const token of await signMany(20))
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unavailable' });
    expect(keyRequests()).toBe(1);
    later(9_000);
    await expect(verifier.verify(await oidc.sign())).rejects.toMatchObject({ code: 'unavailable' });
    expect(keyRequests()).toBe(1);
    oidc.status = 200;
    later(1_001);
    expect(await verifier.verify(await oidc.sign({ exp: 9_999_999_999 }))).toMatchObject({
      userId: 'user-1',
    });
    expect(keyRequests()).toBe(2);
  });

  it('are looked for with growing pauses while discovery does not answer', async () => {
    oidc.isSilent = true;
    const verifier = verifierFor(oidc, { timeoutMs: 50, backoffBaseMs: 1_000 });
    const pauses: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      const refusal = await verifier.verify(await oidc.sign()).catch((error: unknown) => error);
      const { retryAfterSeconds = 0 } = refusal as { retryAfterSeconds?: number };
      pauses.push(retryAfterSeconds);
      later(retryAfterSeconds * 1_000 + 1);
    }
    expect(pauses).toEqual([1, 2, 4]);
    expect(oidc.requests).toHaveLength(3);
  });
});
