import { type Clock, type Store } from '@landlord/kernel';
import { type SessionTokens } from '@landlord/saas';
import { type Logger } from 'pino';
import { localIssuer } from '../authentication/local-issuer.js';
import { OidcIssuer } from '../authentication/oidc-issuer.js';
import { PublishedKeys, publishKey } from '../authentication/published-keys.js';
import { SessionIssuer, sessionTrust, withSessions } from '../authentication/session-issuer.js';
import { loadSigningKey, type SigningKey } from '../authentication/signing-key.js';
import { TokenVerifier, type TrustedIssuer } from '../authentication/token-verifier.js';
import { type ServerConfig } from '../config.js';

export interface Tokens {
  readonly verifier: TokenVerifier;
  readonly sessions: SessionTokens;
}

/** Tokens of the one issuer that the configuration trusts, and sessions signed by the servers on the store. */
export async function openTokens(
  config: ServerConfig,
  { store, clock, logger }: { store: Store; clock: Clock; logger: Logger },
): Promise<Tokens> {
  const claimNames = { tenant: config.tenantClaim, roles: config.rolesClaim };
  const key = await loadSigningKey(config.dataDir);
  await publishKey(store, clock, key);
  const sessions = sessionTrust(new PublishedKeys(store, key).keyOf);
  const issuer = withSessions(issuerOf(config, { key, logger }), sessions);
  const verifier = new TokenVerifier(issuer, claimNames, (message, error) =>
    logger.warn({ reason: String(error) }, message),
  );
  return { verifier, sessions: new SessionIssuer(key, claimNames) };
}

function issuerOf(
  { tokens }: ServerConfig,
  { key, logger }: { key: SigningKey; logger: Logger },
): TrustedIssuer {
  if (tokens.kind === 'local') return localIssuer(key);
  return new OidcIssuer({ ...tokens, onError: (message, error) => logger.error({ err: error }, message) });
}
