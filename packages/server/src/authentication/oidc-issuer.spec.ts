import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeOidc } from '../testing/fake-oidc.js';
import { OidcIssuer, type OidcIssuerOptions } from './oidc-issuer.js';
import { TokenVerifier } from './token-verifier.js';

let oidc: FakeOidc;
const failures: string[] = [];
const unusable: string[] = [];

beforeEach(async () => {
  failures.length = 0;
  unusable.length = 0;
  oidc = await FakeOidc.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await oidc.stop();
});

function verifierOf(options: Partial<OidcIssuerOptions> = {}): TokenVerifier {
  const issuer = new OidcIssuer({
    issuer: oidc.issuer,
    audience: 'landlord-api',
    jwksUri: null,
    onError: (message) => failures.push(message),
    timeoutMs: 1_000,
    cooldownMs: 0,
    random: () => 1,
    ...options,
  });
  const claimNames = { tenant: 'custom:tenant', roles: 'custom:roles' };
  return new TokenVerifier(issuer, claimNames, (message, error) => unusable.push(`${message}: ${error}`));
}

function later(ms: number): void {
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
}

describe('tokens of an OpenID Connect issuer', () => {
  it('are verified with keys that are found once', async () => {
    const verifier = verifierOf();
    const tokens = await Promise.all([
      oidc.sign({ sub: 'a' }),
      oidc.sign({ sub: 'b' }),
      oidc.sign({ sub: 'c' }),
    ]);
    const claims = await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(claims.map(({ userId }) => userId)).toEqual(['a', 'b', 'c']);
    expect(oidc.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('go by OIDC_JWKS_URI without discovery', async () => {
    const verifier = verifierOf({ jwksUri: `${oidc.issuer}/jwks` });
    expect(await verifier.verify(await oidc.sign())).toMatchObject({ userId: 'user-1', roles: ['admin'] });
    expect(oidc.requests).toEqual(['/jwks']);
  });

  it.each(['ES256', 'PS256', 'EdDSA'])('may be signed with %s', async (algorithm) => {
    await oidc.rotate('key-2', algorithm);
    expect(await verifierOf().verify(await oidc.sign())).toMatchObject({ userId: 'user-1' });
  });

  it('are refused for another audience or issuer', async () => {
    const verifier = verifierOf();
    await expect(verifier.verify(await oidc.sign({ aud: 'other' }))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await expect(verifier.verify(await oidc.sign({ iss: 'https://evil.example' }))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('follow a rotation of the keys', async () => {
    const verifier = verifierOf();
    const old = await oidc.sign();
    await verifier.verify(old);
    await oidc.rotate('key-2');
    expect(await verifier.verify(await oidc.sign({ sub: 'after' }))).toMatchObject({ userId: 'after' });
    later(300_000);
    await expect(verifier.verify(old)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('with unknown keys do not make the issuer be asked each time', async () => {
    const verifier = verifierOf({ cooldownMs: 30_000 });
    await verifier.verify(await oidc.sign());
    await oidc.rotate('key-2');
    for (let index = 0; index < 5; index += 1) {
      await expect(verifier.verify(await oidc.sign({ sub: `x${index}` }))).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    }
    expect(oidc.requests.filter((url) => url === '/jwks')).toHaveLength(1);
  });
});

describe('an issuer that cannot be reached', () => {
  it('makes the service unavailable, not the token wrong, and is left alone for a while', async () => {
    oidc.status = 500;
    const verifier = verifierOf({ backoffBaseMs: 8_000 });
    const token = await oidc.sign();
    const refusal = { code: 'unavailable', retryAfterSeconds: 8 };
    await expect(verifier.verify(token)).rejects.toMatchObject(refusal);
    await expect(verifier.verify(token)).rejects.toMatchObject(refusal);
    expect(oidc.requests).toHaveLength(1);
    expect(failures).toHaveLength(1);

    oidc.status = 200;
    later(8_001);
    expect(await verifier.verify(token)).toMatchObject({ userId: 'user-1' });
  });

  it('is unavailable when nobody listens, and when only the keys are missing', async () => {
    const token = await oidc.sign();
    const gone = verifierOf({ issuer: 'http://127.0.0.1:1' });
    await expect(gone.verify(token)).rejects.toMatchObject({ code: 'unavailable' });
    const keyless = verifierOf({ jwksUri: 'http://127.0.0.1:1/jwks' });
    await expect(keyless.verify(token)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is served with the keys known before, for an hour', async () => {
    const verifier = verifierOf();
    await verifier.verify(await oidc.sign());
    const exp = 9_999_999_999;
    const [next, last] = [await oidc.sign({ sub: 'next', exp }), await oidc.sign({ sub: 'last', exp })];
    oidc.status = 503;
    later(700_000);
    expect(await verifier.verify(next)).toMatchObject({ userId: 'next' });
    expect(failures).toHaveLength(1);
    later(3_700_000);
    await expect(verifier.verify(last)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is not believed when its document names another issuer', async () => {
    oidc.claimedIssuer = 'https://evil.example';
    await expect(verifierOf().verify(await oidc.sign())).rejects.toMatchObject({ code: 'unavailable' });
    expect(failures[0]).toContain(oidc.issuer);
  });
});

/** Keys that the issuer publishes, at an address that needs no server. */
function published(...keys: JWK[]): Partial<OidcIssuerOptions> {
  return { jwksUri: `data:application/json,${encodeURIComponent(JSON.stringify({ keys }))}` };
}

async function keyPair(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  const sign = (sub: string, header: { kid?: string } = {}) =>
    new SignJWT({ iss: oidc.issuer, aud: 'landlord-api', sub, exp: 9_999_999_999 })
      .setProtectedHeader({ alg: 'RS256', ...header })
      .sign(privateKey);
  return { jwk, sign };
}

function weakJwk(kid: string): JWK {
  return jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, kid);
}

function jwkOf(key: KeyObject, kid: string): JWK {
  return { ...(key.export({ format: 'jwk' }) as JWK), kid, alg: 'RS256' };
}

describe('an issuer with a key that cannot be used', () => {
  it.each<[string, () => JWK]>([
    ['that is too weak', () => weakJwk('bad')],
    ['without modulus', () => ({ kty: 'RSA', kid: 'bad', alg: 'RS256', e: 'AQAB' })],
    ['of noise', () => ({ kty: 'RSA', kid: 'bad', alg: 'RS256', e: 'AQAB', n: '!' })],
    ['that is private', () => jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'bad')],
  ])('%s refuses the tokens that name it, and those alone', async (_name, bad) => {
    const good = await keyPair('good');
    const verifier = verifierOf(published(bad(), good.jwk));
    const token = await good.sign('user-1', { kid: 'bad' });
    await expect(verifier.verify(token)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the token cannot be verified',
    });
    expect(unusable).toHaveLength(1);
    expect(unusable[0]).not.toContain(token);
    expect(failures).toEqual([]);
    expect(await verifier.verify(await good.sign('b', { kid: 'good' }))).toMatchObject({ userId: 'b' });
    expect(unusable).toHaveLength(1);
  });
});

describe('a token that names no key', () => {
  it('is tried with each of the keys, at most five, and past those that cannot be used', async () => {
    const pairs = await Promise.all(['1', '2', '3', '4', '5'].map(keyPair));
    const verifier = verifierOf(published(weakJwk('0'), ...pairs.map(({ jwk }) => jwk)));
    const outcomes = await Promise.allSettled(
      pairs.map(async ({ sign }, index) => verifier.verify(await sign(`user-${index}`))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), 'rejected']);
    expect(outcomes[4]).toMatchObject({
      reason: { code: 'unauthenticated', message: expect.stringContaining('signature') },
    });
    expect(outcomes[3]).toMatchObject({ value: { userId: 'user-3' } });
  });

  it('is refused for its claims as any other', async () => {
    const [one, two] = [await keyPair('1'), await keyPair('2')];
    const verifier = verifierOf({ ...published(one.jwk, two.jwk), audience: 'other' });
    await expect(verifier.verify(await two.sign('a'))).rejects.toThrow('another audience');
  });
});
