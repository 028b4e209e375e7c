import { createLocalJWKSet, type createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { issuerUnavailable } from './issuer-unavailable.js';

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

/** How long keys once fetched are good while the issuer cannot be asked. */
const STALE_MS = 3_600_000;
/** How long the issuer is left alone after a failed question. */
const PAUSE_MS = 10_000;

/**
 * An issuer's keys, with those known before while it cannot be reached. Throws `unavailable` when there are
 * none. Only a failed fetch counts as the issuer's: a key that cannot be used concerns the token that names it.
 */
export function issuerKeys(
  remote: RemoteKeys,
  onError: (message: string, error: unknown) => void,
): JWTVerifyGetKey {
  let known: JWTVerifyGetKey | null = null;
  let fetchedAtMs = 0;
  let pausedUntilMs = 0;

  /** Whether there are new keys. */
  async function fetchKeys(): Promise<boolean> {
    if (Date.now() < pausedUntilMs) return false;
    try {
      await remote.reload();
      known = createLocalJWKSet(remote.jwks() ?? { keys: [] });
      fetchedAtMs = Date.now();
      return true;
    } catch (error) {
      pausedUntilMs = Date.now() + PAUSE_MS;
      onError('the keys of the token issuer cannot be fetched', error);
      return false;
    }
  }

  function knownKeys(): JWTVerifyGetKey {
    if (known && Date.now() - fetchedAtMs <= STALE_MS) return known;
    throw issuerUnavailable(PAUSE_MS / 1000);
  }

  return async (header, token) => {
    if (!remote.fresh) await fetchKeys();
    try {
      return await knownKeys()(header, token);
    } catch (error) {
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey && !remote.coolingDown;
      if (!mayBeNew || !(await fetchKeys())) throw error;
      return knownKeys()(header, token);
    }
  };
}
