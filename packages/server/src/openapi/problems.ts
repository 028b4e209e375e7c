import { changesState, type DeclaredOperation, takesIfMatch } from '@landlord/saas';
import { type ProblemCode } from '../http/problem.js';

/** Codes that follow from the declaration, and those it adds. */
export function problemsOf(operation: DeclaredOperation): readonly ProblemCode[] {
  const { roles, params, query, tenant, problems = [] } = operation;
  const body = operation.body ?? operation.bodyStream;
  const isKnown = roles !== 'public';
  const isChange = changesState(operation) && isKnown;
  const takesInput = params ?? query ?? body ?? (isChange || tenant !== 'none');
  const implied: [unknown, ProblemCode][] = [
    [takesInput, 'validation_failed'],
    [isKnown, 'unauthenticated'],
    [isKnown, 'forbidden'],
    [params, 'not_found'],
    [takesIfMatch(operation), 'version_conflict'],
    [body, 'payload_too_large'],
    [body, 'unsupported_media_type'],
    [isChange, 'idempotency_mismatch'],
    [true, 'internal_error'],
    // Also of what needs no store: a server that stops answers so.
    [true, 'unavailable'],
  ];
  const codes = implied.filter(([applies]) => Boolean(applies)).map(([, code]) => code);
  return [...new Set([...codes, ...problems])];
}
