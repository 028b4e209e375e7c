import { createHash, timingSafeEqual } from 'node:crypto';
import { type Instant, isTenantCode } from '@landlord/kernel/pure';
import { type MemberRole } from './member.js';

export type InvitationStatus = 'pending' | 'accepted' | 'revoked';

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly roles: readonly MemberRole[];
  /** The id the member is to have; null: a new one is made. */
  readonly userId: string | null;
  readonly status: InvitationStatus;
  /** Tells the token that is good from those before it; no secret. */
  readonly tokenId: string;
  /** SHA-256 of the token; null when there is none any more. */
  readonly tokenHash: string | null;
  readonly expiresInHours: number;
  readonly expiresAt: Instant;
}

/** `acme-corp.inv-5d41402abc4b.<secret>`: where the invitation is, and what proves that one was invited. */
export interface InvitationToken {
  readonly tenantCode: string;
  readonly invitationId: string;
  /** 32 random bytes in base64url. */
  readonly secret: string;
}

const INVITATION_ID = /^inv-[0-9a-f]{12}$/;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const HOUR_MS = 3_600_000;

export function formatToken({ tenantCode, invitationId, secret }: InvitationToken): string {
  return [tenantCode, invitationId, secret].join('.');
}

/** Null for what was never a token. */
export function parseToken(text: string): InvitationToken | null {
  const [tenantCode = '', invitationId = '', secret = '', ...rest] = text.split('.');
  const isToken =
    rest.length === 0 && isTenantCode(tenantCode) && INVITATION_ID.test(invitationId) && SECRET.test(secret);
  return isToken ? { tenantCode, invitationId, secret } : null;
}

export function tokenHash(token: InvitationToken): string {
  return createHash('sha256').update(formatToken(token)).digest('base64url');
}

/** Whether the token opens the invitation now. An absent one is compared all the same, so that both take as long. */
export function isOpenedBy(
  invitation: Invitation | null,
  { token, now }: { token: InvitationToken; now: Instant },
): boolean {
  const given = Buffer.from(tokenHash(token));
  const kept = Buffer.from(invitation?.tokenHash ?? '0'.repeat(given.length));
  const isRight = kept.length === given.length && timingSafeEqual(kept, given);
  return isRight && invitation?.status === 'pending' && now < invitation.expiresAt;
}

export function expiryOf(now: Instant, hours: number): Instant {
  return new Date(Date.parse(now) + hours * HOUR_MS).toISOString();
}
