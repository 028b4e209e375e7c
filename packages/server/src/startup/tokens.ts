import { type Logger } from 'pino';
import { localIssuer } from '../authentication/local-issuer.js';
import { OidcIssuer } from '../authentication/oidc-issuer.js';
import { loadSigningKey } from '../authentication/signing-key.js';
import { TokenVerifier, type TrustedIssuer } from '../authentication/token-verifier.js';
import { type ServerConfig } from '../config.js';

/** Verifies tokens of the one issuer that the configuration trusts. */
export async function createVerifier(config: ServerConfig, logger: Logger): Promise<TokenVerifier> {
  const claimNames = { tenant: config.tenantClaim, roles: config.rolesClaim };
  return new TokenVerifier(await issuerOf(config, logger), claimNames, (message, error) =>
    logger.warn({ reason: String(error) }, message),
  );
}

async function issuerOf({ tokens, dataDir }: ServerConfig, logger: Logger): Promise<TrustedIssuer> {
  if (tokens.kind === 'local') return localIssuer(await loadSigningKey(dataDir));
  return new OidcIssuer({ ...tokens, onError: (message, error) => logger.error({ err: error }, message) });
}
