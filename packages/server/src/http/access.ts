import {
  invalidInput,
  isTenantCode,
  LandlordError,
  tenantCodeFlaw,
  type UserContext,
} from '@landlord/kernel';
import { type DeclaredOperation } from '@landlord/saas';
import { type Claims } from '../authentication/claims.js';
import { unauthenticated } from '../authentication/token-verifier.js';

type Header = string | readonly string[] | undefined;

const BEARER = /^bearer +([^\s,]+)$/i;

/** The token of `Authorization: Bearer <token>`. Throws `unauthenticated`. */
export function bearerToken(authorization: Header): string {
  const match = typeof authorization === 'string' ? BEARER.exec(authorization.trim()) : null;
  if (match?.[1] !== undefined) return match[1];
  throw unauthenticated('send a token: Authorization: Bearer <token>');
}

/**
 * Who is calling, and for which tenant. An operator acts for a tenant by the header only, whatever the token
 * says; anybody else's header is ignored. Throws `forbidden` for a token that gives no right to anything.
 */
export function userContextOf(claims: Claims, tenantHeader: Header): UserContext {
  const { userId, tenant, roles, expiresAt, origin } = claims;
  const term = expiresAt === undefined ? {} : { tokenExpiresAt: expiresAt };
  if (roles.length === 0)
    throw forbidden('the token carries none of the roles system_admin, admin, billing, member');
  if (roles.includes('system_admin'))
    return { userId, roles, tenantCode: tenantOfHeader(tenantHeader), ...term };
  if (tenant.kind === 'tenant')
    return { userId, roles, tenantCode: tenant.code, ...term, ...(origin ? { origin } : {}) };
  throw forbidden(
    tenant.kind === 'none' ? 'the token names no tenant' : "the token's tenant claim is not a tenant code",
  );
}

/** For an operation without a tenant the header has no meaning: an operator acts for the system. */
export function userFor(operation: DeclaredOperation, claims: Claims, tenantHeader: Header): UserContext {
  return userContextOf(claims, operation.tenant === 'none' ? undefined : tenantHeader);
}

function tenantOfHeader(header: Header): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && isTenantCode(header)) return header;
  throw invalidInput('headers.x-tenant-code', tenantCodeFlaw(String(header)) ?? 'must be given once');
}

function forbidden(message: string): LandlordError {
  return new LandlordError('forbidden', message);
}
