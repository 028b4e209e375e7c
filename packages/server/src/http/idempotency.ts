import { createHash } from 'node:crypto';
import {
  canonicalJson,
  type IdempotencyClaim,
  invalidInput,
  type JsonValue,
  type UserContext,
} from '@landlord/kernel';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The key of a request; null without one. Throws `validation_failed`. */
export function idempotencyKey(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw invalidInput('headers.idempotency-key', 'must be 1 to 255 visible ASCII characters, without spaces');
}

export interface FingerprintedRequest {
  readonly method: string;
  /** As sent, with its query. */
  readonly url: string;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
}

/**
 * What the key stands for: whose it is and which input it goes with. An operator is never a member of the same id.
 * Roles belong to the input: who lost one since is not told again what they may not see any more, and nothing happens twice.
 */
export function idempotencyClaim(
  key: string,
  user: UserContext,
  request: FingerprintedRequest,
): IdempotencyClaim {
  const kind = user.roles.includes('system_admin') ? 'operator' : 'member';
  const owner = JSON.stringify([kind, user.tenantCode, user.userId]);
  return { owner, key, fingerprint: fingerprintOf(request, [...new Set(user.roles)].sort()) };
}

/** Equal for requests that ask for the same: spaces and the order of names in the body do not matter. */
function fingerprintOf(
  { method, url, body, ifMatch }: FingerprintedRequest,
  roles: readonly string[],
): string {
  const head = JSON.stringify([method, url, ifMatch ?? null, roles]);
  const content = body === undefined ? '' : canonicalJson(body as JsonValue);
  return createHash('sha256').update(`${head}\n${content}`).digest('hex');
}
