import { type ErrorCode } from '@landlord/kernel';
import { changesState, type DeclaredOperation } from '@landlord/saas';

/** Codes that follow from the declaration, and those it adds. */
export function problemsOf(operation: DeclaredOperation): readonly ErrorCode[] {
  const { roles, params, query, body, etag, tenant, problems = [] } = operation;
  const isKnown = roles !== 'public';
  const isChange = changesState(operation) && isKnown;
  const takesInput = params ?? query ?? body ?? (isChange || tenant !== 'none');
  const implied: [unknown, ErrorCode][] = [
    [takesInput, 'validation_failed'],
    [isKnown, 'unauthenticated'],
    [isKnown, 'forbidden'],
    [params, 'not_found'],
    [etag && operation.method !== 'GET', 'version_conflict'],
    [body, 'payload_too_large'],
    [body, 'unsupported_media_type'],
    [isChange, 'idempotency_mismatch'],
    [isKnown, 'unavailable'],
  ];
  const codes = implied.filter(([applies]) => Boolean(applies)).map(([, code]) => code);
  return [...new Set([...codes, ...problems])];
}
