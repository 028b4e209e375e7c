import { createLocalJWKSet, type createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { issuerUnavailable } from './issuer-unavailable.js';

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

/** How long keys once fetched are good while the issuer cannot be asked. */
const STALE_MS = 3_600_000;
/** How long the issuer is left alone after a failed question. */
const PAUSE_MS = 10_000;

/** An issuer's keys, with those known before while it cannot be reached. Throws `unavailable` when there are none. */
export function issuerKeys(
  remote: RemoteKeys,
  onError: (message: string, error: unknown) => void,
): JWTVerifyGetKey {
  let answeredAtMs = 0;
  let pausedUntilMs = 0;

  const knownKeys: JWTVerifyGetKey = (header, token) => {
    const known = remote.jwks();
    if (!known || Date.now() - answeredAtMs > STALE_MS) throw issuerUnavailable(PAUSE_MS / 1000);
    return createLocalJWKSet(known)(header, token);
  };

  return async (header, token) => {
    if (Date.now() < pausedUntilMs) return knownKeys(header, token);
    try {
      const key = await remote(header, token);
      answeredAtMs = Date.now();
      return key;
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      pausedUntilMs = Date.now() + PAUSE_MS;
      onError('the keys of the token issuer cannot be fetched', error);
      return knownKeys(header, token);
    }
  };
}

function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
