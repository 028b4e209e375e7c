import { parseArgs } from 'node:util';
import { EVENTS_LIMIT } from '@landlord/saas';
import { type Layout, layoutOf, needed, WrongArguments } from './layout.js';
import type { TenantSource } from './tenant.js';
import { claimsOf } from './token.js';

export interface ImportOptions {
  file: string;
  layout: Layout;
  /** Prefix of ids made from content; may be empty. */
  source: string;
  batchSize: number;
  maxInFlight: number;
  url: string;
  token: string;
  /** Whether each request names its tenant in `X-Tenant-Code`. */
  namesTenant: boolean;
  allowUnknownTenants: boolean;
  brokenOut: string | undefined;
  json: boolean;
}

export type ParsedArguments =
  | { kind: 'import'; options: ImportOptions }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string };

const ARGUMENTS = {
  file: { type: 'string' },
  format: { type: 'string' },
  'tenant-from': { type: 'string' },
  metric: { type: 'string' },
  source: { type: 'string', default: '' },
  column: { type: 'string', multiple: true, default: [] as string[] },
  property: { type: 'string', multiple: true, default: [] as string[] },
  delimiter: { type: 'string', default: ',' },
  'with-path': { type: 'boolean', default: false },
  batch: { type: 'string', default: '1000' },
  'in-flight': { type: 'string', default: '4' },
  'unknown-tenants': { type: 'string' },
  'roles-claim': { type: 'string', default: 'custom:roles' },
  'tenant-claim': { type: 'string', default: 'custom:tenant' },
  'broken-out': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof valuesOf>;

/** Arguments and environment as typed options; parsed once, trusted afterwards. */
export function parseArguments(argv: string[], env: NodeJS.ProcessEnv): ParsedArguments {
  try {
    const values = valuesOf(argv);
    return values.help ? { kind: 'help' } : { kind: 'import', options: optionsOf(values, env) };
  } catch (error) {
    if (isArgumentError(error)) return { kind: 'wrong', message: error.message };
    throw error;
  }
}

function valuesOf(argv: string[]) {
  return parseArgs({ args: argv, options: ARGUMENTS, strict: true, allowPositionals: false }).values;
}

function optionsOf(values: Values, env: NodeJS.ProcessEnv): ImportOptions {
  const layout = layoutOf(values);
  if (!/^[A-Za-z0-9._-]{0,64}$/.test(values.source))
    throw new WrongArguments('--source must be at most 64 of A-Z a-z 0-9 . _ -');
  return {
    file: needed(values.file, '--file <path>'),
    layout,
    source: values.source,
    batchSize: integer(values.batch, { name: '--batch', max: EVENTS_LIMIT }),
    maxInFlight: integer(values['in-flight'], { name: '--in-flight', max: 16 }),
    url: urlOf(env.LANDLORD_URL ?? 'http://127.0.0.1:3000'),
    ...credentials(values, layout.tenantFrom, env),
    allowUnknownTenants: allowsUnknownTenants(values['unknown-tenants'], layout.tenantFrom),
    brokenOut: values['broken-out'],
    json: values.json,
  };
}

/** A public log has paths that are nobody's, so there it is no error. */
function allowsUnknownTenants(choice: string | undefined, tenantFrom: TenantSource): boolean {
  if (choice === undefined) return tenantFrom.kind === 'path-segment';
  if (choice === 'skip' || choice === 'fail') return choice === 'skip';
  throw new WrongArguments(`--unknown-tenants ${choice}: must be skip or fail`);
}

function credentials(values: Values, tenantFrom: TenantSource, env: NodeJS.ProcessEnv) {
  const token = env.LANDLORD_TOKEN ?? '';
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new WrongArguments(
      'set LANDLORD_TOKEN to a token; npm run -s token -- --role system_admin prints one',
    );
  const claims = claimsOf(token, { roles: values['roles-claim'], tenant: values['tenant-claim'] });
  if (claims.isOperator) return { token, namesTenant: true };
  // The server ignores X-Tenant-Code from anybody else: all lines would be counted for the token's own tenant.
  if (tenantFrom.kind !== 'fixed')
    throw new WrongArguments(
      `LANDLORD_TOKEN is not an operator's (no system_admin in ${values['roles-claim']}): it can import for its own tenant only, with --tenant-from fixed:<code>`,
    );
  if (claims.tenant !== undefined && claims.tenant !== tenantFrom.code)
    throw new WrongArguments(
      `LANDLORD_TOKEN belongs to tenant ${claims.tenant}, it cannot import for ${tenantFrom.code}`,
    );
  return { token, namesTenant: false };
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '')
    throw new WrongArguments('LANDLORD_URL must be a plain address, such as http://127.0.0.1:3000');
  return url.href.replace(/[#/]+$/, '');
}

function integer(text: string, bounds: { name: string; max: number }): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= bounds.max) return value;
  throw new WrongArguments(`${bounds.name} ${text}: must be 1 to ${bounds.max}`);
}

function isArgumentError(error: unknown): error is Error {
  if (error instanceof WrongArguments) return true;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
