import { type Role } from '@landlord/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claims } from '../authentication/claims.js';
import { bearerToken, userContextOf } from './access.js';

describe('the bearer token', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER   abc', ' Bearer abc '])('is read from %j', (header) => {
    expect(bearerToken(header)).toBe('abc');
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic abc',
    'abc',
    'Bearer a b',
    'Bearer a,b',
    ['Bearer abc'],
  ])('is not found in %j', (header) => {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: 'unauthenticated' }));
  });
});

function claims(roles: readonly Role[], tenant: Claims['tenant'] = { kind: 'none' }): Claims {
  return { userId: 'usr-1', roles, tenant };
}
const ACME = { kind: 'tenant', code: 'acme' } as const;

describe('the tenant acted for', () => {
  it.each([
    ['an operator without header', claims(['system_admin']), undefined, null],
    ['an operator with header', claims(['system_admin']), 'other', 'other'],
    ['an operator whose token names a tenant', claims(['system_admin'], ACME), undefined, null],
    ['an operator whose token names another', claims(['system_admin', 'admin'], ACME), 'other', 'other'],
    ['an admin', claims(['admin'], ACME), undefined, 'acme'],
    ['an admin with a header', claims(['admin'], ACME), 'other', 'acme'],
    ['a member with a malformed header', claims(['member'], ACME), 'NOT A TENANT', 'acme'],
  ])('of %s', (_name, given, header, tenantCode) => {
    expect(userContextOf(given, header).tenantCode).toBe(tenantCode);
  });

  it.each([
    ['no role', claims([], ACME), 'forbidden'],
    ['no tenant', claims(['admin']), 'forbidden'],
    ['a malformed tenant', claims(['admin'], { kind: 'malformed' }), 'forbidden'],
  ])('is refused for %s', (_name, given, code) => {
    expect(() => userContextOf(given, undefined)).toThrow(expect.objectContaining({ code }));
  });

  it.each(['', 'Acme', 'common', 'a#b', 'a'.repeat(64)])('of an operator cannot be %j', (header) => {
    expect(() => userContextOf(claims(['system_admin']), header)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ path: 'headers.x-tenant-code' })] }),
    );
  });

  it('keeps what a session began with, for members only', () => {
    const origin = { tenantCode: 'globex', roles: ['member'] as const };
    expect(userContextOf({ ...claims(['admin'], ACME), origin }, undefined).origin).toEqual(origin);
    expect(userContextOf({ ...claims(['system_admin'], ACME), origin }, 'acme')).not.toHaveProperty('origin');
  });

  it('never comes from the header for anybody but an operator', () => {
    const roles = fc.subarray<Role>(['admin', 'billing', 'member'], { minLength: 1 });
    fc.assert(
      fc.property(roles, fc.option(fc.string(), { nil: undefined }), (given, header) => {
        expect(userContextOf(claims(given, ACME), header).tenantCode).toBe('acme');
      }),
    );
  });
});
