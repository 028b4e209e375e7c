import { invalidInput } from '@landlord/kernel';

const VERSION = /^"(0|[1-9]\d{0,14})"$/;

/** The version of `If-Match: "4"`; null when absent or `*` (whatever version it has). Throws `validation_failed`. */
export function parseIfMatch(header: string | readonly string[] | undefined): number | null {
  if (header === undefined || header === '*') return null;
  const match = typeof header === 'string' ? VERSION.exec(header.trim()) : null;
  if (match) return Number(match[1]);
  throw invalidInput('headers.if-match', 'must be a version in double quotes, such as "4", or *');
}

/**
 * The `ETag` of an answer that has a version, such as `"4"`; null without one. Where `version` counts something
 * else, as a plan's does, `revision` is the item's.
 */
export function etagOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { version, revision = version } = answer as { version?: unknown; revision?: unknown };
  return Number.isSafeInteger(revision) ? `"${String(revision)}"` : null;
}
