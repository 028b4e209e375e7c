import { type Role, type SessionOrigin } from '@landlord/kernel';
import { SignJWT } from 'jose';
import { type ClaimNames, ORIGIN_CLAIM } from './claims.js';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';

export const LOCAL_AUDIENCE = 'landlord';

/** What a token of the server's own key says. Its times are the system's, whatever the test clock says. */
export interface SignedGrant {
  readonly issuer: string;
  readonly userId: string;
  readonly tenantCode: string | null;
  readonly roles: readonly Role[];
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
  readonly origin?: SessionOrigin;
}

export function signToken(key: SigningKey, grant: SignedGrant, claimNames: ClaimNames): Promise<string> {
  const tenant = grant.tenantCode === null ? {} : { [claimNames.tenant]: grant.tenantCode };
  const origin = grant.origin ? { [ORIGIN_CLAIM]: grant.origin } : {};
  return new SignJWT({ ...tenant, ...origin, [claimNames.roles]: [...grant.roles] })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: key.keyId, typ: 'JWT' })
    .setIssuer(grant.issuer)
    .setAudience(LOCAL_AUDIENCE)
    .setSubject(grant.userId)
    .setIssuedAt(grant.issuedAtSeconds)
    .setExpirationTime(grant.expiresAtSeconds)
    .sign(key.privateKey);
}
