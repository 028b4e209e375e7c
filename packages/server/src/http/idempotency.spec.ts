import { type Role } from '@landlord/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idempotencyClaim, idempotencyKey } from './idempotency.js';
import { requestIdOf } from './request-id.js';

const USER = { userId: 'usr-1', tenantCode: 'acme', roles: ['admin'] as const };
const REQUEST = { method: 'POST', url: '/things?x=1', body: { a: 1, b: [2] }, ifMatch: undefined };
const fingerprint = (change: object) => idempotencyClaim('k', USER, { ...REQUEST, ...change }).fingerprint;

describe('an Idempotency-Key', () => {
  it.each(['a', '~!', 'x'.repeat(255), '{"a":1}'])('may be %j', (header) => {
    expect(idempotencyKey(header)).toBe(header);
  });

  it.each(['', ' ', 'a b', 'ä', 'a\u0000', 'a\n', 'x'.repeat(256), ['a', 'b']])(
    'must not be %j',
    (header) => {
      expect(() => idempotencyKey(header)).toThrow(
        expect.objectContaining({ errors: [expect.objectContaining({ path: 'headers.idempotency-key' })] }),
      );
    },
  );

  it('may be left out', () => {
    expect(idempotencyKey(undefined)).toBeNull();
  });
});

describe('a fingerprint', () => {
  it('does not mind the order of names', () => {
    expect(fingerprint({ body: { b: [2], a: 1 } })).toBe(fingerprint({}));
  });

  it.each([
    [{ method: 'PATCH' }],
    [{ url: '/things?x=2' }],
    [{ body: { a: 1, b: [3] } }],
    [{ body: undefined }],
    [{ body: null }],
    [{ ifMatch: '"1"' }],
  ])('differs for %j', (change) => {
    expect(fingerprint(change)).not.toBe(fingerprint({}));
  });

  it('is equal for equal bodies only', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const normal = (value: unknown) => JSON.stringify(JSON.parse(JSON.stringify(value)));
        const same = fingerprint({ body: left }) === fingerprint({ body: right });
        if (normal(left) === normal(right)) expect(same).toBe(true);
        if (same) expect(JSON.parse(JSON.stringify(left))).toEqual(JSON.parse(JSON.stringify(right)));
      }),
    );
  });

  it("belongs to one caller: an operator's own is another than one for a tenant", () => {
    const owners = [
      USER,
      { ...USER, tenantCode: 'other' },
      { ...USER, tenantCode: null },
      { ...USER, userId: 'usr-2' },
      { ...USER, roles: ['system_admin'] as const },
    ].map((user) => idempotencyClaim('k', user, REQUEST).owner);
    expect(new Set(owners).size).toBe(owners.length);
  });

  it('is refused, and not carried out again, to a caller whose roles have changed', () => {
    const claimOf = (roles: readonly Role[]) => idempotencyClaim('k', { ...USER, roles }, REQUEST);
    const both = claimOf(['admin', 'billing']);
    expect(claimOf(['billing', 'admin', 'admin'])).toEqual(both);
    for (const roles of [['admin'], ['billing'], ['member']] as const) {
      expect(claimOf(roles).owner).toBe(both.owner);
      expect(claimOf(roles).fingerprint).not.toBe(both.fingerprint);
    }
  });
});

describe('a request id', () => {
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it.each(['a', 'req_1.2-3', 'A'.repeat(64)])('is taken over: %j', (header) => {
    expect(requestIdOf(header)).toBe(header);
  });

  it.each([undefined, '', 'a b', 'a"b', 'A'.repeat(65), 'ä', ['a'], 'a\n'])(
    'is made anew for %j',
    (header) => {
      expect(requestIdOf(header)).toMatch(UUID);
    },
  );
});
