import { createRemoteJWKSet } from 'jose';
import { discoverJwksUri } from './discovery.js';
import { issuerKeys } from './issuer-keys.js';
import { issuerUnavailable } from './issuer-unavailable.js';
import { type Trust, type TrustedIssuer } from './token-verifier.js';

export interface OidcIssuerOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Null: as the discovery document says. */
  readonly jwksUri: string | null;
  readonly onError: (message: string, error: unknown) => void;
  readonly timeoutMs?: number;
  /** First wait after a failed discovery; doubles up to a minute. */
  readonly backoffBaseMs?: number;
  /** How long no second look is taken at the keys for a key id that was not among them. */
  readonly cooldownMs?: number;
  readonly random?: () => number;
}

/** What public-key signatures there are; HMAC and `none` are not among them. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;
const KEYS_MAX_AGE_MS = 600_000;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_LIMIT_MS = 60_000;

/** An OpenID Connect issuer. Discovery happens at the first token, once, and again with back-off when it fails. */
export class OidcIssuer implements TrustedIssuer {
  private found: Promise<Trust> | null = null;
  private failures = 0;
  private retryAtMs = 0;

  constructor(private readonly options: OidcIssuerOptions) {}

  trust(): Promise<Trust> {
    if (this.found) return this.found;
    const waitMs = this.retryAtMs - Date.now();
    if (waitMs > 0) return Promise.reject(issuerUnavailable(Math.ceil(waitMs / 1000)));
    this.found = this.discover().catch((error: unknown) => {
      this.found = null;
      this.options.onError(`the keys of ${this.options.issuer} cannot be found`, error);
      throw issuerUnavailable(Math.ceil(this.backOff() / 1000), error);
    });
    return this.found;
  }

  private async discover(): Promise<Trust> {
    const { issuer, audience, onError, timeoutMs = TIMEOUT_MS, cooldownMs = COOLDOWN_MS } = this.options;
    const jwksUri = this.options.jwksUri ?? (await discoverJwksUri(issuer, timeoutMs));
    const remote = createRemoteJWKSet(new URL(jwksUri), {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: KEYS_MAX_AGE_MS,
    });
    this.failures = 0;
    return { issuer, audience, algorithms: ALGORITHMS, keyOf: issuerKeys(remote, onError) };
  }

  /** Returns how long to wait. */
  private backOff(): number {
    const { backoffBaseMs = BACKOFF_BASE_MS, random = Math.random } = this.options;
    const ceilingMs = Math.min(BACKOFF_LIMIT_MS, backoffBaseMs * 2 ** Math.min(this.failures, 16));
    this.failures += 1;
    const waitMs = ceilingMs * (0.5 + random() / 2);
    this.retryAtMs = Date.now() + waitMs;
    return waitMs;
  }
}
