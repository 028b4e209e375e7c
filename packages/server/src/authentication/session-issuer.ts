import { type Role } from '@landlord/kernel';
import { type SessionGrant, type SessionToken, type SessionTokens } from '@landlord/saas';
import { type JWTVerifyGetKey } from 'jose';
import { type ClaimNames } from './claims.js';
import { LOCAL_AUDIENCE, signToken } from './sign-token.js';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';
import { type TrustedIssuer, unauthenticated } from './token-verifier.js';

export const SESSION_ISSUER = 'landlord-session';
const TTL_SECONDS = 3_600;
/** A session is a member's, never an operator's, whatever its token says. */
const SESSION_ROLES: readonly Role[] = ['admin', 'billing', 'member'];

/** Signs the tokens with which a person acts for another of their tenants. */
export class SessionIssuer implements SessionTokens {
  constructor(
    private readonly key: SigningKey,
    private readonly claimNames: ClaimNames,
  ) {}

  /** For an hour, and not beyond `notAfter`. Throws `unauthenticated` when that has passed. */
  async issue({ tenantCode, userId, roles, notAfter, origin }: SessionGrant): Promise<SessionToken> {
    const issuedAtSeconds = Math.floor(Date.now() / 1000);
    const endSeconds = notAfter === null ? Infinity : Math.floor(Date.parse(notAfter) / 1000);
    const expiresAtSeconds = Math.min(issuedAtSeconds + TTL_SECONDS, endSeconds);
    if (expiresAtSeconds <= issuedAtSeconds) throw unauthenticated('the token has expired; get a new one');
    const term = { issuedAtSeconds, expiresAtSeconds };
    const grant = { issuer: SESSION_ISSUER, userId, tenantCode, roles, origin, ...term };
    const token = await signToken(this.key, grant, this.claimNames);
    return { token, expiresAt: new Date(expiresAtSeconds * 1000).toISOString() };
  }
}

/** Trusts sessions signed with the keys of the servers on one store. */
export function sessionTrust(keyOf: JWTVerifyGetKey): TrustedIssuer {
  const trust = {
    issuer: SESSION_ISSUER,
    audience: LOCAL_AUDIENCE,
    algorithms: [SIGNING_ALGORITHM],
    keyOf,
    roles: SESSION_ROLES,
    hasOrigin: true,
  };
  return { trust: () => Promise.resolve(trust) };
}

/** Sessions by their keys, everything else by `issuer`. What a token claims only decides what it must prove. */
export function withSessions(issuer: TrustedIssuer, sessions: TrustedIssuer): TrustedIssuer {
  return { trust: (claimed) => (claimed === SESSION_ISSUER ? sessions : issuer).trust(claimed) };
}
