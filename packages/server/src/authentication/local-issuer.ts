import { type Role } from '@landlord/kernel';
import { errors, type JWTVerifyGetKey } from 'jose';
import { type ClaimNames } from './claims.js';
import { LOCAL_AUDIENCE, signToken } from './sign-token.js';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';
import { type TrustedIssuer } from './token-verifier.js';

export const LOCAL_ISSUER = 'landlord-local';

export interface TokenGrant {
  readonly userId: string;
  readonly tenantCode: string | null;
  readonly roles: readonly Role[];
  readonly ttlSeconds: number;
}

/** A token of the local issuer. */
export function signLocalToken(key: SigningKey, grant: TokenGrant, claimNames: ClaimNames): Promise<string> {
  const { userId, tenantCode, roles, ttlSeconds } = grant;
  const issuedAtSeconds = Math.floor(Date.now() / 1000);
  const expiresAtSeconds = issuedAtSeconds + ttlSeconds;
  return signToken(
    key,
    { issuer: LOCAL_ISSUER, userId, tenantCode, roles, issuedAtSeconds, expiresAtSeconds },
    claimNames,
  );
}

export function localIssuer(key: SigningKey): TrustedIssuer {
  const keyOf: JWTVerifyGetKey = async ({ kid }) => {
    if (kid === key.keyId) return key.publicKey;
    throw new errors.JWKSNoMatchingKey();
  };
  const trust = { issuer: LOCAL_ISSUER, audience: LOCAL_AUDIENCE, algorithms: [SIGNING_ALGORITHM], keyOf };
  return { trust: () => Promise.resolve(trust) };
}
