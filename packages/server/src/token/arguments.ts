import { parseArgs } from 'node:util';
import { ROLES, type Role, tenantCodeFlaw } from '@landlord/kernel';
import { type TokenGrant } from '../authentication/local-issuer.js';

export const USAGE = `Prints a token of the local issuer.

  npm run -s token -- --role system_admin
  npm run -s token -- --tenant acme-corp --role admin [--user usr-001] [--ttl 1h]

  --role    ${ROLES.join(', ')}; several with commas
  --tenant  the tenant's code; needed but for system_admin
  --user    who it is (default: operator, or admin, billing, member after the role)
  --ttl     how long it is valid: 30s, 15m, 12h, 90d (default 12h, at most 365d)
`;

export type ParsedArguments =
  | { readonly kind: 'grant'; readonly grant: TokenGrant }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const TTL_DEFAULT = '12h';
const TTL_LIMIT_SECONDS = 365 * 86_400;
const USER = /^[\x21-\x7e]{1,255}$/;

export function parseArguments(argv: readonly string[]): ParsedArguments {
  const read = readFlags(argv);
  if ('kind' in read) return read;
  const { role, tenant = null, user, ttl = TTL_DEFAULT, help } = read;
  if (help) return { kind: 'help' };
  const roles = rolesOf(role ?? '');
  const ttlSeconds = ttlOf(ttl);
  const flaw =
    rolesFlaw(role, roles) ?? tenantFlaw(tenant, roles) ?? userFlaw(user) ?? ttlFlaw(ttl, ttlSeconds);
  if (flaw !== null) return { kind: 'wrong', message: flaw };
  return {
    kind: 'grant',
    grant: { userId: user ?? defaultUser(roles), tenantCode: tenant, roles, ttlSeconds },
  };
}

function readFlags(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = {
      role: text,
      tenant: text,
      user: text,
      ttl: text,
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    return { kind: 'wrong', message: (error as Error).message } as const;
  }
}

function rolesOf(text: string): Role[] {
  const words = text.split(',').map((word) => word.trim());
  return ROLES.filter((role) => words.includes(role));
}

function rolesFlaw(text: string | undefined, roles: readonly Role[]): string | null {
  if (text === undefined) return '--role is missing';
  if (roles.length === text.split(',').length) return null;
  return `--role must be of ${ROLES.join(', ')}, not ${JSON.stringify(text)}`;
}

function tenantFlaw(tenant: string | null, roles: readonly Role[]): string | null {
  const isOperator = roles.includes('system_admin');
  if (tenant === null) return isOperator ? null : '--tenant is missing: only system_admin goes without';
  if (isOperator)
    return '--tenant has no meaning for system_admin: an operator names the tenant in X-Tenant-Code';
  const flaw = tenantCodeFlaw(tenant);
  return flaw === null ? null : `--tenant ${flaw}`;
}

function userFlaw(user: string | undefined): string | null {
  return user === undefined || USER.test(user) ? null : '--user must be 1 to 255 visible ASCII characters';
}

function ttlOf(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  return Number(count ?? Number.NaN) * (UNIT_SECONDS[unit] ?? Number.NaN);
}

function ttlFlaw(text: string, seconds: number): string | null {
  if (Number.isNaN(seconds)) return `--ttl must be like 30s, 15m, 12h or 90d, not ${JSON.stringify(text)}`;
  return seconds <= TTL_LIMIT_SECONDS ? null : '--ttl is at most 365d';
}

function defaultUser(roles: readonly Role[]): string {
  return roles.includes('system_admin') ? 'operator' : (roles[0] ?? 'user');
}
