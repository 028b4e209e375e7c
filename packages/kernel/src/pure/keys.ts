export const KEY_SEPARATOR = '#';

/** The version to give when an item is to be created. */
export const VERSION_FIRST = 0;

export const COMMON_TENANT_CODE = 'common';
export const TENANT_PREFIX = 'TENANT';
export const MASTER_PREFIX = 'MASTER';
export const TENANT_SK = 'MASTER';
export const COMMON_MASTER_PK = 'MASTER#COMMON';

export const KEY_BYTES_LIMIT = 1024;

/** Lower case letters, digits and inner hyphens; 1 to 63 characters, as in a DNS label. */
export const TENANT_CODE_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const RESERVED_TENANT_CODES = new Set([COMMON_TENANT_CODE, 'system']);

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** `generatePk('TENANT', 'acme-corp')` is `TENANT#acme-corp`. */
export function generatePk(prefix: string, code: string): string {
  return `${prefix}${KEY_SEPARATOR}${code}`;
}

/** One string for a key: `generateId('TENANT#acme', 'MASTER')` is `TENANT#acme#MASTER`. */
export function generateId(pk: string, sk: string): string {
  return `${pk}${KEY_SEPARATOR}${sk}`;
}

export function tenantPk(tenantCode: string): string {
  return generatePk(TENANT_PREFIX, tenantCode);
}

/** Whose partition it is: `TENANT#acme` is acme's, `MASTER#COMMON` is common's; null when the key does not say. */
export function tenantOfPk(pk: string): string | null {
  const [prefix, owner, ...rest] = pk.split(KEY_SEPARATOR);
  if (!prefix || !owner || rest.length > 0) return null;
  if (owner === 'COMMON') return COMMON_TENANT_CODE;
  return TENANT_CODE_PATTERN.test(owner) ? owner : null;
}

export function isTenantCode(text: string): boolean {
  return TENANT_CODE_PATTERN.test(text) && !RESERVED_TENANT_CODES.has(text);
}

/** Why a text is no tenant code, or null when it is one. */
export function tenantCodeFlaw(text: string): string | null {
  if (RESERVED_TENANT_CODES.has(text)) return `"${text}" is reserved; choose another code`;
  if (TENANT_CODE_PATTERN.test(text)) return null;
  return 'must be 1 to 63 lower-case letters, digits or hyphens, beginning and ending with a letter or digit';
}

/** The order of keys in every store: by bytes of UTF-8, pk first. */
export function compareKeys(left: ItemKey, right: ItemKey): number {
  return compareText(left.pk, right.pk) || compareText(left.sk, right.sk);
}

export function compareText(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
}

export function keyFlaw(key: ItemKey): string | null {
  for (const part of ['pk', 'sk'] as const) {
    const text = key[part];
    if (text === '') return `${part} is empty`;
    if (Buffer.byteLength(text) > KEY_BYTES_LIMIT) return `${part} is longer than ${KEY_BYTES_LIMIT} bytes`;
    if (text.includes('\u0000') || !text.isWellFormed()) return `${part} is not storable text`;
  }
  return null;
}
