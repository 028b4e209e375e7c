import { isTenantCode, ROLES, type Role, type SessionOrigin } from '@landlord/kernel';

export type TenantClaim =
  | { readonly kind: 'none' }
  | { readonly kind: 'tenant'; readonly code: string }
  /** There is a claim, but it is no tenant code. */
  | { readonly kind: 'malformed' };

/** What a verified token says about its bearer. */
export interface Claims {
  readonly userId: string;
  readonly tenant: TenantClaim;
  readonly roles: readonly Role[];
  /** When the token ends, ISO 8601; absent where no instant can say it. */
  readonly expiresAt?: string;
  /** What a session began with; absent for other tokens. */
  readonly origin?: SessionOrigin;
}

/** Where the server's own sessions say what they began with. */
export const ORIGIN_CLAIM = 'landlord_origin';

export interface ClaimNames {
  readonly tenant: string;
  readonly roles: string;
}

const SUBJECT_LENGTH_LIMIT = 255;
const ROLES_LIMIT = 100;

/** Null when `sub` is missing, too long, or text that cannot be stored. */
export function claimsOf(payload: Readonly<Record<string, unknown>>, names: ClaimNames): Claims | null {
  const { sub } = payload;
  if (typeof sub !== 'string' || sub.trim() === '' || sub.length > SUBJECT_LENGTH_LIMIT) return null;
  if (sub.includes('\u0000') || !sub.isWellFormed()) return null;
  return { userId: sub, tenant: tenantOf(payload[names.tenant]), roles: rolesOf(payload[names.roles]) };
}

function tenantOf(claim: unknown): TenantClaim {
  if (claim === undefined || claim === null || claim === '') return { kind: 'none' };
  return typeof claim === 'string' && isTenantCode(claim)
    ? { kind: 'tenant', code: claim }
    : { kind: 'malformed' };
}

/** Null for what says no tenant. */
export function originOf(claim: unknown): SessionOrigin | null {
  if (typeof claim !== 'object' || claim === null || !('tenantCode' in claim)) return null;
  const tenant = tenantOf(claim.tenantCode);
  if (tenant.kind !== 'tenant') return null;
  return { tenantCode: tenant.code, roles: rolesOf('roles' in claim ? claim.roles : undefined) };
}

/** Issuers write roles as an array, one word, a list with commas or spaces, or a JSON array within a text. */
export function rolesOf(claim: unknown): Role[] {
  const words = wordsOf(claim).slice(0, ROLES_LIMIT);
  return ROLES.filter((role) => words.includes(role));
}

function wordsOf(claim: unknown): unknown[] {
  if (Array.isArray(claim)) return claim;
  if (typeof claim !== 'string') return [];
  if (claim.trimStart().startsWith('[')) return jsonArray(claim);
  return claim.split(/[\s,]+/);
}

function jsonArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
