import { describe, expect, it } from 'vitest';
import { type CarriesInvokeContext, getUserContext, type InvokeContext, requireTenant } from './context.js';
import { scopeOf } from './scope.js';

function contextOf(overrides: Partial<InvokeContext['user']> = {}): InvokeContext {
  return {
    user: { userId: 'usr-1', tenantCode: 'acme', roles: ['admin'], ...overrides },
    requestId: 'req-1',
    source: 'GET /usage',
    ip: null,
    idempotency: null,
  };
}

function executionContextOf(request: CarriesInvokeContext) {
  return { switchToHttp: () => ({ getRequest: <T>() => request as T }) };
}

const operator = contextOf({ tenantCode: null, roles: ['system_admin'] });

describe('getUserContext', () => {
  it('is the caller of a service call', () => {
    const context = contextOf();
    expect(getUserContext(context)).toBe(context.user);
  });

  it('is the verified caller of a request', () => {
    const context = contextOf();
    expect(getUserContext(executionContextOf({ invokeContext: context }))).toBe(context.user);
  });

  it('is nobody for a request that was not verified', () => {
    expect(() => getUserContext(executionContextOf({}))).toThrowError(
      expect.objectContaining({ code: 'unauthenticated' }),
    );
  });
});

describe('requireTenant', () => {
  it('is the tenant acted for', () => {
    expect(requireTenant(contextOf())).toBe('acme');
  });

  it('tells an operator without one how to name it', () => {
    expect(() => requireTenant(operator)).toThrowError(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [{ path: 'headers.x-tenant-code', message: 'is required for an operator here' }],
      }),
    );
  });
});

describe('scopeOf', () => {
  it.each([
    ['a member', contextOf({ roles: ['member'] }), { kind: 'tenant', tenantCode: 'acme' }],
    [
      'an operator for a tenant',
      contextOf({ roles: ['system_admin'] }),
      { kind: 'tenant', tenantCode: 'acme' },
    ],
    ['an operator for none', operator, { kind: 'system' }],
  ])('of %s', (_who, context, expected) => {
    expect(scopeOf(context)).toEqual(expected);
  });

  it.each([['admin' as const], ['billing' as const], ['member' as const]])(
    'never is the whole system for a %s without a tenant',
    (role) => {
      expect(() => scopeOf(contextOf({ tenantCode: null, roles: [role] }))).toThrow('has no scope');
      expect(() => scopeOf(contextOf({ tenantCode: null, roles: [] }))).toThrow('has no scope');
    },
  );
});
