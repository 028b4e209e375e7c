import { EmbeddedPostgresError } from '@landlord/postgres/embedded';
import { ConfigError } from '../config.js';
import { StartupError } from './startup-error.js';

const CONNECTION_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens at the address of DATABASE_URL; is PostgreSQL running there?',
  ENOTFOUND: 'the host of DATABASE_URL is unknown',
  ETIMEDOUT: 'the host of DATABASE_URL does not answer',
  '28P01': 'PostgreSQL refuses the user or password of DATABASE_URL',
  '28000': 'PostgreSQL refuses the user of DATABASE_URL',
  '3D000': 'the database of DATABASE_URL does not exist; create it first',
  '42501': 'the user of DATABASE_URL lacks a right that the migration needs',
};

/** One readable line; with the stack at debug level. Connection strings are never part of it. */
export function describeStartupFailure(error: unknown, logLevel: string | undefined): string {
  const line = `Landlord cannot start: ${reasonOf(error)}`;
  const isDebugging = logLevel === 'debug' || logLevel === 'trace';
  return isDebugging && error instanceof Error && error.stack ? `${line}\n${error.stack}` : line;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError || error instanceof StartupError || error instanceof EmbeddedPostgresError)
    return error.message;
  const code = 'code' in error ? String(error.code) : '';
  return CONNECTION_CODES[code] ?? `${error.message || error.name} (LANDLORD_LOG_LEVEL=debug shows where)`;
}
