import { signLocalToken } from '../authentication/local-issuer.js';
import { loadSigningKey } from '../authentication/signing-key.js';
import { readConfig } from '../config.js';
import { type CommandIo } from '../main.js';
import { parseArguments, USAGE } from './arguments.js';

/** The command `token`: prints a token of the local issuer. Returns the exit code: 0, 1 failed, 2 wrong usage. */
export async function main(argv: string[], env: NodeJS.ProcessEnv, io: CommandIo): Promise<number> {
  const parsed = parseArguments(argv);
  if (parsed.kind === 'help') {
    io.stdout.write(USAGE);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    io.stderr.write(`token: ${parsed.message}\n\n${USAGE}`);
    return 2;
  }
  try {
    const { dataDir, tokens, tenantClaim, rolesClaim } = readConfig(env);
    if (tokens.kind === 'oidc')
      io.stderr.write('token: OIDC_ISSUER is set, so a server with these settings refuses local tokens.\n');
    const key = await loadSigningKey(dataDir);
    io.stdout.write(
      `${await signLocalToken(key, parsed.grant, { tenant: tenantClaim, roles: rolesClaim })}\n`,
    );
    return 0;
  } catch (error) {
    io.stderr.write(`token: ${(error as Error).message}\n`);
    return 1;
  }
}
