import { LandlordError, type Role } from '@landlord/kernel';
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { type ClaimNames, type Claims, claimsOf, ORIGIN_CLAIM, originOf } from './claims.js';
import { VerifiedTokens } from './verified-tokens.js';
import { verifySigned } from './verify-signed.js';

/** What a token must satisfy. `keyOf` throws `JWKSNoMatchingKey` for a key the issuer does not have. */
export interface Trust {
  readonly issuer: string;
  readonly audience: string;
  /** Asymmetric ones only: a public key must never serve as a shared secret. */
  readonly algorithms: readonly string[];
  readonly keyOf: JWTVerifyGetKey;
  /** The roles its tokens can give; absent: all there are. */
  readonly roles?: readonly Role[];
  /** Whether its tokens may say what they began with; of others that is ignored. */
  readonly hasOrigin?: boolean;
}

export interface TrustedIssuer {
  /** What a token that says it is of `claimed` must satisfy. Throws `unavailable` while the issuer cannot be reached. */
  trust(claimed?: string): Promise<Trust>;
}

const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_LENGTH_LIMIT = 8192;
const COMPACT_JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Verifies bearer tokens. A verified token is remembered, so that a busy client costs a hash a request. */
export class TokenVerifier {
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly issuer: TrustedIssuer,
    private readonly claimNames: ClaimNames,
    /** Told of keys that the issuer publishes and nobody can verify with; the error holds nothing of the token. */
    private readonly onUnusableKey: (message: string, error: unknown) => void = () => undefined,
  ) {}

  /** What a token says that was verified lately; null for any other. */
  remembered(token: string): Claims | null {
    return token.length > TOKEN_LENGTH_LIMIT ? null : this.verified.find(token, Date.now());
  }

  /** Throws `unauthenticated`, or `unavailable` when the issuer's keys cannot be had. */
  async verify(token: string): Promise<Claims> {
    if (token.length > TOKEN_LENGTH_LIMIT || !COMPACT_JWT.test(token))
      throw unauthenticated('the token is not a JWT');
    const nowMs = Date.now();
    const known = this.verified.find(token, nowMs);
    if (known) return known;
    const trust = await this.issuer.trust(claimedIssuer(token));
    const payload = await this.payloadOf(token, trust);
    const claims = this.claimsOf(payload, trust);
    this.verified.remember(token, { claims, expiresAtMs: (payload.exp ?? 0) * 1000, verifiedAtMs: nowMs });
    return claims;
  }

  private claimsOf(payload: JWTPayload, { roles: grantable, hasOrigin }: Trust): Claims {
    const claims = claimsOf(payload, this.claimNames);
    if (!claims) throw unauthenticated('the token names no subject (sub)');
    const roles = grantable ? claims.roles.filter((role) => grantable.includes(role)) : claims.roles;
    const origin = hasOrigin ? originOf(payload[ORIGIN_CLAIM]) : null;
    return { ...claims, roles, ...(origin ? { origin } : {}), ...endOf(payload) };
  }

  private async payloadOf(
    token: string,
    { issuer, audience, algorithms, keyOf }: Trust,
  ): Promise<JWTPayload> {
    try {
      return await verifySigned(token, keyOf, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['sub', 'exp'],
      });
    } catch (error) {
      throw this.refusalOf(error);
    }
  }

  private refusalOf(error: unknown): LandlordError {
    if (error instanceof LandlordError) return error;
    if (isAboutTheKey(error)) this.onUnusableKey('a token cannot be verified with the key it names', error);
    return unauthenticated(reasonOf(error), error);
  }
}

export function unauthenticated(message: string, cause?: unknown): LandlordError {
  return new LandlordError('unauthenticated', message, { cause });
}

/** What a token says of its issuer before anything is proved: good for choosing the proof, nothing else. */
function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function endOf({ exp = Infinity }: JWTPayload): { expiresAt?: string } {
  const end = new Date(exp * 1000);
  return Number.isNaN(end.getTime()) ? {} : { expiresAt: end.toISOString() };
}

/** `jose` throws plain errors too, for keys that are malformed or too weak. */
function isAboutTheKey(error: unknown): boolean {
  const isExpected = error instanceof errors.JOSEError;
  return !isExpected || error instanceof errors.JWKInvalid || error instanceof errors.JWKSInvalid;
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired; get a new one';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `the token does not fit: ${claimReason(error.claim)}`;
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'the token is signed with an algorithm that is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'the token is signed with a key that its issuer does not have';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong';
  return 'the token cannot be verified';
}

function claimReason(claim: string): string {
  switch (claim) {
    case 'iss':
      return 'it is from another issuer';
    case 'aud':
      return 'it is meant for another audience';
    case 'nbf':
      return 'it is not valid yet';
    default:
      return `its claim ${claim} is missing or wrong`;
  }
}
