import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role } from '@landlord/kernel';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeOidc } from '../testing/fake-oidc.js';
import { FakeStore } from '../testing/fake-store.js';
import { localIssuer, signLocalToken } from './local-issuer.js';
import { OidcIssuer } from './oidc-issuer.js';
import { PublishedKeys, publishKey } from './published-keys.js';
import { SESSION_ISSUER, SessionIssuer, sessionTrust, withSessions } from './session-issuer.js';
import { signToken } from './sign-token.js';
import { loadSigningKey, type SigningKey } from './signing-key.js';
import { TokenVerifier, type TrustedIssuer } from './token-verifier.js';

const NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };
const ORIGIN = { tenantCode: 'home', roles: ['billing'] } as const;
const GRANT = {
  tenantCode: 'globex',
  userId: 'usr-7',
  roles: ['member'],
  notAfter: null,
  origin: ORIGIN,
} as const;
const CLOCK = { now: () => '2024-01-01T00:00:00.000Z' };

/** Two servers with data folders of their own, and a stranger. */
const keys: SigningKey[] = [];
const folders: string[] = [];

beforeAll(async () => {
  for (let index = 0; index < 3; index += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'landlord-session-'));
    folders.push(folder);
    keys.push(await loadSigningKey(folder));
  }
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

function keyOf(index: number): SigningKey {
  const key = keys[index];
  if (!key) throw new Error(`there is no key ${index}`);
  return key;
}

function verifierOf(index: number, store: FakeStore, issuer: TrustedIssuer = localIssuer(keyOf(index))) {
  const sessions = sessionTrust(new PublishedKeys(store, keyOf(index)).keyOf);
  return new TokenVerifier(withSessions(issuer, sessions), NAMES);
}

function sessionsOf(index: number): SessionIssuer {
  return new SessionIssuer(keyOf(index), NAMES);
}

describe('a session token', () => {
  it('names the member, for an hour', async () => {
    const { token, expiresAt } = await sessionsOf(0).issue(GRANT);
    expect(await verifierOf(0, new FakeStore()).verify(token)).toEqual({
      userId: 'usr-7',
      tenant: { kind: 'tenant', code: 'globex' },
      roles: ['member'],
      origin: ORIGIN,
      expiresAt,
    });
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 3_600_000)).toBeLessThan(2_000);
  });

  it('ends with the token that asked for it, and is not given when that has ended', async () => {
    const end = (ms: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + ms).toISOString();
    const notAfter = end(60_000);
    expect((await sessionsOf(0).issue({ ...GRANT, notAfter })).expiresAt).toBe(notAfter);
    const far = await sessionsOf(0).issue({ ...GRANT, notAfter: end(7_200_000) });
    expect(Date.parse(far.expiresAt)).toBeLessThan(Date.parse(end(3_605_000)));
    const late = sessionsOf(0).issue({ ...GRANT, notAfter: end(0) });
    await expect(late).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('holds at another server on the same store, once the signer has published its key', async () => {
    const store = new FakeStore();
    const { token } = await sessionsOf(0).issue(GRANT);
    await expect(verifierOf(1, store).verify(token)).rejects.toThrow(/does not have/);
    await publishKey(store, CLOCK, keyOf(0));
    await publishKey(store, CLOCK, keyOf(0));
    expect(await verifierOf(1, store).verify(token)).toMatchObject({ userId: 'usr-7' });
    const strange = (await sessionsOf(2).issue(GRANT)).token;
    await expect(verifierOf(1, store).verify(strange)).rejects.toThrow(/does not have/);
  });

  it('is no token of an operator, whatever it says', async () => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const grant = {
      issuer: SESSION_ISSUER,
      userId: 'usr-7',
      tenantCode: 'globex',
      roles: ['system_admin', 'admin'] as Role[],
      issuedAtSeconds: nowSeconds,
      expiresAtSeconds: nowSeconds + 60,
    };
    const token = await signToken(keyOf(0), grant, NAMES);
    expect((await verifierOf(0, new FakeStore()).verify(token)).roles).toEqual(['admin']);
  });

  it('holds beside an OpenID Connect issuer; local tokens of the same key do not', async () => {
    const oidc = await FakeOidc.start();
    try {
      const { issuer } = oidc;
      const trusted = new OidcIssuer({
        issuer,
        audience: 'landlord-api',
        jwksUri: null,
        onError: () => undefined,
      });
      const verifier = verifierOf(0, new FakeStore(), trusted);
      const { token } = await sessionsOf(0).issue(GRANT);
      expect(await verifier.verify(token)).toMatchObject({ tenant: { code: 'globex' } });
      expect(await verifier.verify(await oidc.sign())).toMatchObject({ userId: 'user-1' });
      const local = { userId: 'x', tenantCode: 'globex', roles: ['admin'] as Role[], ttlSeconds: 60 };
      await expect(verifier.verify(await signLocalToken(keyOf(0), local, NAMES))).rejects.toMatchObject({
        code: 'unauthenticated',
      });
      const claiming = await oidc.sign({ landlord_origin: ORIGIN });
      expect(await verifier.verify(claiming)).not.toHaveProperty('origin');
      const posing = await oidc.sign({ iss: SESSION_ISSUER, aud: 'landlord' });
      await expect(verifier.verify(posing)).rejects.toMatchObject({ code: 'unauthenticated' });
    } finally {
      await oidc.stop();
    }
  });
});

describe('published keys', () => {
  /** Counts what it is asked. */
  class CountingStore extends FakeStore {
    gets = 0;

    override get(...question: Parameters<FakeStore['get']>) {
      this.gets += 1;
      return super.get(...question);
    }
  }

  const header = (kid: string) => ({ alg: 'ES256', kid });
  const ask = (published: PublishedKeys, kid: string) =>
    Promise.resolve(published.keyOf(header(kid), { payload: '', signature: '' }));
  const madeUp = (index: number) => String(index).padStart(43, 'k');

  it('are looked up once, by many at once and one after the other', async () => {
    const store = new CountingStore();
    await publishKey(store, CLOCK, keyOf(0));
    store.gets = 0;
    const published = new PublishedKeys(store, keyOf(1));
    await Promise.all(Array.from({ length: 10 }, () => ask(published, keyOf(0).keyId)));
    await ask(published, keyOf(0).keyId);
    expect(store.gets).toBe(1);
    await ask(published, keyOf(1).keyId);
    expect(store.gets).toBe(1);
  });

  it('count only under the id that follows from them', async () => {
    const store = new CountingStore();
    await publishKey(store, CLOCK, { ...keyOf(2), keyId: keyOf(0).keyId });
    const asked = ask(new PublishedKeys(store, keyOf(1)), keyOf(0).keyId);
    await expect(asked).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('that are not there are not looked for again at once, nor are ids that can be no key', async () => {
    const store = new CountingStore();
    const published = new PublishedKeys(store, keyOf(1));
    for (const kid of [keyOf(0).keyId, keyOf(0).keyId, '', 'x', `${keyOf(0).keyId}#`])
      await expect(ask(published, kid)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    expect(store.gets).toBe(1);
    await publishKey(store, CLOCK, keyOf(0));
    vi.useFakeTimers({ now: Date.now() + 11_000, toFake: ['Date'] });
    try {
      await ask(published, keyOf(0).keyId);
    } finally {
      vi.useRealTimers();
    }
  });

  it('do not make the store work for ids that somebody makes up', async () => {
    const store = new CountingStore();
    await publishKey(store, CLOCK, keyOf(0));
    const published = new PublishedKeys(store, keyOf(1));
    await ask(published, keyOf(0).keyId);
    store.gets = 0;
    const refusals = await Promise.allSettled(
      Array.from({ length: 500 }, (_, index) => Promise.resolve().then(() => ask(published, madeUp(index)))),
    );
    expect(refusals.every(({ status }) => status === 'rejected')).toBe(true);
    expect(store.gets).toBeLessThanOrEqual(50);
    await ask(published, keyOf(0).keyId);
  });

  it('cannot be told while the store is down, and are asked for again after a pause', async () => {
    const store = new CountingStore();
    await publishKey(store, CLOCK, keyOf(0));
    const published = new PublishedKeys(store, keyOf(1));
    store.isDown = true;
    store.gets = 0;
    await expect(ask(published, keyOf(0).keyId)).rejects.toMatchObject({ code: 'unavailable' });
    store.isDown = false;
    await expect(ask(published, keyOf(0).keyId)).rejects.toMatchObject({ code: 'unavailable' });
    expect(store.gets).toBe(1);
    vi.useFakeTimers({ now: Date.now() + 1_001, toFake: ['Date'] });
    try {
      await ask(published, keyOf(0).keyId);
    } finally {
      vi.useRealTimers();
    }
  });
});
