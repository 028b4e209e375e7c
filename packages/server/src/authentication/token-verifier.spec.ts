import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { localIssuer, signLocalToken } from './local-issuer.js';
import { loadSigningKey, type SigningKey } from './signing-key.js';
import { TokenVerifier } from './token-verifier.js';

const NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };
const GOOD = {
  iss: 'landlord-local',
  aud: 'landlord',
  sub: 'usr-1',
  'custom:roles': ['admin'],
  'custom:tenant': 'acme',
};

let dataDir = '';
let key: SigningKey;
let verifier: TokenVerifier;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'landlord-token-'));
  key = await loadSigningKey(dataDir);
  verifier = new TokenVerifier(localIssuer(key), NAMES);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function sign(claims: JWTPayload, header: { alg?: string; kid?: string } = {}): Promise<string> {
  return new SignJWT({ exp: now() + 60, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: key.keyId, ...header })
    .sign(key.privateKey);
}

async function signedByStranger(kid: string): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return new SignJWT({ exp: now() + 60, ...GOOD }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
}

/** The old trick: the public key, which everybody has, as the secret of a symmetric algorithm. */
async function signedWithPublicKey(): Promise<string> {
  const secret = new TextEncoder().encode(await exportSPKI(key.publicKey));
  return new SignJWT({ exp: now() + 60, ...GOOD })
    .setProtectedHeader({ alg: 'HS256', kid: key.keyId })
    .sign(secret);
}

async function tampered(): Promise<string> {
  const [head, , signature] = (await sign(GOOD)).split('.');
  const payload = Buffer.from(JSON.stringify({ ...GOOD, exp: now() + 60, 'custom:roles': ['system_admin'] }));
  return [head, payload.toString('base64url'), signature].join('.');
}

/** A token that brings its own key along. */
async function withOwnKey(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return new SignJWT({ exp: now() + 60, ...GOOD })
    .setProtectedHeader({ alg: 'ES256', kid, jwk })
    .sign(privateKey);
}

describe('a token of the local issuer', () => {
  it('names its bearer', async () => {
    const grant = {
      userId: 'usr-1',
      tenantCode: 'acme',
      roles: ['admin', 'member'] as const,
      ttlSeconds: 60,
    };
    const token = await signLocalToken(key, grant, NAMES);
    expect(await verifier.verify(token)).toEqual({
      userId: 'usr-1',
      tenant: { kind: 'tenant', code: 'acme' },
      roles: ['admin', 'member'],
      expiresAt: expect.stringMatching(/Z$/),
    });
  });

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['from another issuer', () => sign({ ...GOOD, iss: 'https://evil.example' }), /another issuer/],
    ['without an issuer', () => sign({ aud: 'landlord', sub: 'x' }), /another issuer/],
    ['for another audience', () => sign({ ...GOOD, aud: 'other' }), /another audience/],
    ['expired', () => sign({ ...GOOD, exp: now() - 60 }), /expired/],
    ['without an end', () => sign({ ...GOOD, exp: undefined as never }), /exp/],
    ['not valid yet', () => sign({ ...GOOD, nbf: now() + 60 }), /not valid yet/],
    ['without a subject', () => sign({ ...GOOD, sub: undefined as never }), /sub/],
    ['with a blank subject', () => sign({ ...GOOD, sub: ' ' }), /subject/],
    ['signed with an unknown key', () => signedByStranger('unknown'), /does not have/],
    ['signed by a stranger under the known key id', () => signedByStranger(key.keyId), /signature/],
    ['that brings its own key', withOwnKey, /does not have/],
    ['signed with the public key as secret', signedWithPublicKey, /algorithm/],
    ['of algorithm none', () => new UnsecuredJWT({ ...GOOD, exp: now() + 60 }).encode(), /not a JWT/],
    ['changed on the way', tampered, /signature/],
    ['without a key id', async () => sign(GOOD, { kid: undefined as never }), /does not have/],
    ['that is an API key', () => 'll_live_0123456789abcdef', /not a JWT/],
    ['that is empty', () => '', /not a JWT/],
    ['that is huge', () => `${'a'.repeat(9000)}.b.c`, /not a JWT/],
    ['that is noise', () => 'a.b.c', /cannot be verified/],
  ])('is refused %s', async (_name, make, message) => {
    await expect(verifier.verify(await make())).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(message),
    });
  });

  it('is tolerated a few seconds out of time, not more', async () => {
    expect(await verifier.verify(await sign({ ...GOOD, nbf: now() + 3 }))).toMatchObject({ userId: 'usr-1' });
    await expect(verifier.verify(await sign({ ...GOOD, nbf: now() + 30 }))).rejects.toThrow(/not valid yet/);
  });

  it('is refused after its end also when it was verified before', async () => {
    const token = await sign({ ...GOOD, exp: now() + 30 });
    expect(await verifier.verify(token)).toMatchObject({ userId: 'usr-1' });
    vi.useFakeTimers({ now: Date.now() + 36_000, toFake: ['Date'] });
    try {
      await expect(verifier.verify(token)).rejects.toThrow(/expired/);
    } finally {
      vi.useRealTimers();
    }
  });
});
