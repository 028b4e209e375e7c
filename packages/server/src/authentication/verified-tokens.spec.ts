import { describe, expect, it } from 'vitest';
import { type Claims } from './claims.js';
import { VerifiedTokens } from './verified-tokens.js';

const claims: Claims = { userId: 'usr-1', tenant: { kind: 'none' }, roles: ['system_admin'] };

describe('verified tokens', () => {
  it.each([
    ['at once', 0, true],
    ['just before its end', 99_999, true],
    ['at its end', 100_000, false],
  ])('a token is known %s', (_name, nowMs, isKnown) => {
    const tokens = new VerifiedTokens();
    tokens.remember('a.b.c', { claims, expiresAtMs: 100_000, verifiedAtMs: 0 });
    expect(tokens.find('a.b.c', nowMs)).toEqual(isKnown ? claims : null);
    expect(tokens.find('a.b.d', nowMs)).toBeNull();
  });

  it('are verified again after five minutes, in case the key was taken back', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('a.b.c', { claims, expiresAtMs: 10_000_000, verifiedAtMs: 0 });
    expect(tokens.find('a.b.c', 299_999)).toEqual(claims);
    expect(tokens.find('a.b.c', 300_000)).toBeNull();
  });

  it('are bounded: the oldest make room', () => {
    const tokens = new VerifiedTokens();
    for (let index = 0; index <= 10_000; index += 1) {
      tokens.remember(`token-${index}`, { claims, expiresAtMs: 100_000, verifiedAtMs: 0 });
    }
    expect(tokens.find('token-0', 1)).toBeNull();
    expect(tokens.find('token-1', 1)).toEqual(claims);
    expect(tokens.find('token-10000', 1)).toEqual(claims);
  });
});
