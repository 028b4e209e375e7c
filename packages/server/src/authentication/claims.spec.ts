import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsOf, originOf, rolesOf } from './claims.js';

const NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };

describe('the roles claim', () => {
  it.each([
    ['admin', ['admin']],
    ['admin,billing', ['admin', 'billing']],
    ['admin, billing', ['admin', 'billing']],
    ['billing admin', ['admin', 'billing']],
    ['["admin","member"]', ['admin', 'member']],
    [' ["admin"]', ['admin']],
    [['admin', 'admin', 'superuser', 7, null], ['admin']],
    [['system_admin'], ['system_admin']],
    ['Admin', []],
    ['administrator', []],
    ['["admin"', []],
    ['{"admin":true}', []],
    ['', []],
    [undefined, []],
    [null, []],
    [7, []],
    [{ admin: true }, []],
  ])('%j gives %j', (claim, roles) => {
    expect(rolesOf(claim)).toEqual(roles);
  });

  it('never gives a role that is not written in the claim', () => {
    fc.assert(
      fc.property(fc.anything(), (claim) => {
        const text =
          typeof claim === 'string'
            ? claim
            : JSON.stringify(claim, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
        for (const role of rolesOf(claim)) expect(text).toContain(role);
      }),
    );
  });
});

describe('the tenant and subject claims', () => {
  it.each([
    [undefined, { kind: 'none' }],
    [null, { kind: 'none' }],
    ['', { kind: 'none' }],
    ['acme-corp', { kind: 'tenant', code: 'acme-corp' }],
    ['Acme', { kind: 'malformed' }],
    ['common', { kind: 'malformed' }],
    ['a#b', { kind: 'malformed' }],
    [['acme'], { kind: 'malformed' }],
  ])('tenant %j is %j', (claim, tenant) => {
    expect(claimsOf({ sub: 'usr-1', 'custom:tenant': claim }, NAMES)?.tenant).toEqual(tenant);
  });

  it.each([undefined, '', '  ', 7, 'a'.repeat(256), 'a\u0000b', '\ud800'])('no caller is named %j', (sub) => {
    expect(claimsOf({ sub }, NAMES)).toBeNull();
  });
});

describe('what a session began with', () => {
  it.each([
    [
      { tenantCode: 'acme', roles: ['admin', 'owner'] },
      { tenantCode: 'acme', roles: ['admin'] },
    ],
    [{ tenantCode: 'acme' }, { tenantCode: 'acme', roles: [] }],
    [{ tenantCode: 'Acme', roles: ['admin'] }, null],
    [{ roles: ['admin'] }, null],
    ['acme', null],
    [null, null],
    [undefined, null],
  ])('%j is %j', (claim, origin) => {
    expect(originOf(claim)).toEqual(origin);
  });
});
