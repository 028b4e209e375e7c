import { type SessionOrigin } from '@landlord/kernel';
import { type MemberRole } from './member.js';

/** The key under which an application provides its `SessionTokens`. */
export const SESSION_TOKENS = Symbol('SESSION_TOKENS');

export interface SessionGrant {
  readonly tenantCode: string;
  readonly userId: string;
  readonly roles: readonly MemberRole[];
  /** The token must not outlive this: the end of the caller's own, where it is known. */
  readonly notAfter: string | null;
  /** The token must say this, and whoever verifies it hand it on as `user.origin`. */
  readonly origin: SessionOrigin;
}

export interface SessionToken {
  readonly token: string;
  /** ISO 8601, the machine's time. */
  readonly expiresAt: string;
}

/** Signs a person in to another of their tenants, without asking for their password again. */
export interface SessionTokens {
  issue(grant: SessionGrant): Promise<SessionToken>;
}
