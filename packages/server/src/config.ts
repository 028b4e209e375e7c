import { resolve } from 'node:path';
import { parseInstant } from '@landlord/kernel';
import { z } from 'zod';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export type TokenTrust =
  /** Tokens signed with the key of the data folder. */
  | { readonly kind: 'local' }
  /** Tokens of an OpenID Connect issuer; `jwksUri` null: as its discovery document says. */
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUri: string | null;
    };

export type ClockConfig =
  | { readonly kind: 'system' }
  /** `start`: where a new store's clock begins; null is the system's time. */
  | { readonly kind: 'test'; readonly start: string | null };

export interface ServerConfig {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Null: the embedded PostgreSQL of the data folder. A secret: it holds a password. */
  readonly databaseUrl: string | null;
  readonly clock: ClockConfig;
  readonly tokens: TokenTrust;
  readonly tenantClaim: string;
  readonly rolesClaim: string;
  readonly logLevel: LogLevel;
  readonly usageRetention: UsageRetentionDays;
}

/** How long what is known of usage is kept, beside totals, in days. */
export interface UsageRetentionDays {
  /** Single events, for corrections and exports. */
  readonly events: number;
  /** Ids of events: so long an id counts once. */
  readonly ids: number;
  /** What each hour came to; null: for ever. */
  readonly hours: number | null;
}

/** The environment is wrong; `message` names the variable and how to mend it, and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

function url(protocols: readonly string[], message: string) {
  return z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), message);
}

const httpUrl = url(['http:', 'https:'], 'must be an http or https URL, such as https://login.example.com/');

function days({ min }: { min: number }) {
  const message = `must be a number of days from ${min} to 36500`;
  return z
    .string()
    .regex(/^\d{1,5}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= 36_500, message);
}

const environment = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port from 0 to 65535')
    .default(3000),
  HOST: z.string().default('127.0.0.1'),
  LANDLORD_DATA_DIR: z.string().default('.landlord'),
  DATABASE_URL: url(
    ['postgres:', 'postgresql:'],
    'must be a PostgreSQL URL, such as postgres://user:password@host:5432/database (special characters percent-encoded)',
  ).optional(),
  LANDLORD_STORE: z
    .enum(['postgres', 'dynamodb'], 'must be postgres')
    .refine(
      (store) => store !== 'dynamodb',
      'dynamodb is not available in this version; use postgres, or leave it out',
    )
    .default('postgres'),
  LANDLORD_CLOCK: z.enum(['system', 'test'], 'must be system or test').default('system'),
  LANDLORD_CLOCK_START: z
    .string()
    .transform((value, context) => {
      const parsed = parseInstant(value);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.message, input: value });
      return z.NEVER;
    })
    .optional(),
  OIDC_ISSUER: httpUrl.optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_JWKS_URI: httpUrl.optional(),
  OIDC_TENANT_CLAIM: z.string().default('custom:tenant'),
  OIDC_ROLES_CLAIM: z.string().default('custom:roles'),
  LANDLORD_USAGE_EVENT_DAYS: days({ min: 1 }).default(400),
  LANDLORD_USAGE_ID_DAYS: days({ min: 35 }).default(400),
  LANDLORD_USAGE_HOUR_DAYS: days({ min: 35 }).optional(),
  LANDLORD_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});

type Environment = z.output<typeof environment>;

/** Reads and checks the environment; an empty variable counts as unset. Throws `ConfigError`. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ServerConfig {
  const given = Object.fromEntries(
    Object.keys(environment.shape).map((name) => [name, env[name]?.trim() || undefined]),
  );
  const result = environment.safeParse(given);
  if (!result.success) {
    const lines = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ConfigError(lines.join('\n'));
  }
  return Object.freeze(configOf(result.data));
}

function configOf(values: Environment): ServerConfig {
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: resolve(values.LANDLORD_DATA_DIR),
    databaseUrl: values.DATABASE_URL ?? null,
    clock: clockOf(values),
    tokens: tokensOf(values),
    tenantClaim: values.OIDC_TENANT_CLAIM,
    rolesClaim: values.OIDC_ROLES_CLAIM,
    logLevel: values.LANDLORD_LOG_LEVEL,
    usageRetention: {
      events: values.LANDLORD_USAGE_EVENT_DAYS,
      ids: values.LANDLORD_USAGE_ID_DAYS,
      hours: values.LANDLORD_USAGE_HOUR_DAYS ?? null,
    },
  };
}

function clockOf({ LANDLORD_CLOCK: kind, LANDLORD_CLOCK_START: start }: Environment): ClockConfig {
  if (kind === 'test') return { kind, start: start ?? null };
  if (start === undefined) return { kind };
  throw new ConfigError(
    'LANDLORD_CLOCK_START: only has a meaning with LANDLORD_CLOCK=test; set that too, or leave it out',
  );
}

function tokensOf({
  OIDC_ISSUER: issuer,
  OIDC_AUDIENCE: audience,
  OIDC_JWKS_URI: jwksUri,
}: Environment): TokenTrust {
  if (issuer === undefined) {
    const stray = audience === undefined ? jwksUri && 'OIDC_JWKS_URI' : 'OIDC_AUDIENCE';
    if (stray)
      throw new ConfigError(`${stray}: only has a meaning with OIDC_ISSUER; set that too, or leave it out`);
    return { kind: 'local' };
  }
  if (audience === undefined)
    throw new ConfigError(
      'OIDC_AUDIENCE: is required with OIDC_ISSUER: the `aud` that tokens for this service carry',
    );
  return { kind: 'oidc', issuer, audience, jwksUri: jwksUri ?? null };
}
