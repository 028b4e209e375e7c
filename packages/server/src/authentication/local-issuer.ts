import { type Role } from '@landlord/kernel';
import { errors, type JWTVerifyGetKey, SignJWT } from 'jose';
import { type ClaimNames } from './claims.js';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';
import { type TrustedIssuer } from './token-verifier.js';

export const LOCAL_ISSUER = 'landlord-local';
export const LOCAL_AUDIENCE = 'landlord';

export interface TokenGrant {
  readonly userId: string;
  readonly tenantCode: string | null;
  readonly roles: readonly Role[];
  readonly ttlSeconds: number;
}

/** A token of the local issuer. Its times are the system's, whatever the test clock says. */
export function signLocalToken(key: SigningKey, grant: TokenGrant, claimNames: ClaimNames): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000);
  const tenant = grant.tenantCode === null ? {} : { [claimNames.tenant]: grant.tenantCode };
  return new SignJWT({ ...tenant, [claimNames.roles]: [...grant.roles] })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: key.keyId, typ: 'JWT' })
    .setIssuer(LOCAL_ISSUER)
    .setAudience(LOCAL_AUDIENCE)
    .setSubject(grant.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + grant.ttlSeconds)
    .sign(key.privateKey);
}

export function localIssuer(key: SigningKey): TrustedIssuer {
  const keyOf: JWTVerifyGetKey = async ({ kid }) => {
    if (kid === key.keyId) return key.publicKey;
    throw new errors.JWKSNoMatchingKey();
  };
  const trust = { issuer: LOCAL_ISSUER, audience: LOCAL_AUDIENCE, algorithms: [SIGNING_ALGORITHM], keyOf };
  return { trust: () => Promise.resolve(trust) };
}
