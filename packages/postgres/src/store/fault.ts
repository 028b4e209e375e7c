import { LandlordError } from '@landlord/kernel';
import { DatabaseError } from 'pg';

/** Classes 08, 53 and 57: connection lost, out of resources, server stopping. */
const UNAVAILABLE_CLASS = /^(08|53|57)/;
const LOCK_NOT_AVAILABLE = '55P03';
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const CONNECTION_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable/;

/** Lost connections, and locks that others do not give up, become `unavailable` (try again); everything else stays what it is. */
export function translateFault(error: unknown): unknown {
  if (!(error instanceof Error) || !isUnavailable(error)) return error;
  return new LandlordError('unavailable', unavailableMessage(error), {
    retryAfterSeconds: 1,
    cause: error,
  });
}

function unavailableMessage(error: Error & { code?: string }): string {
  return error.code === LOCK_NOT_AVAILABLE
    ? 'somebody else is at work on this for long; try again'
    : 'the database cannot be reached at the moment; try again';
}

function isUnavailable(error: Error & { code?: string }): boolean {
  if (error instanceof DatabaseError)
    return (
      error.code === LOCK_NOT_AVAILABLE ||
      (UNAVAILABLE_CLASS.test(error.code ?? '') && error.code !== '57014')
    );
  return SYSTEM_CODES.has(error.code ?? '') || CONNECTION_MESSAGES.test(error.message);
}

/** Where usage is to be written was decided on what is no longer so: it is read anew at the next try. */
export class StaleUsageSpace extends Error {}

const RETRYABLE = new Set(['40P01', '40001', '23505']);

/** Deadlocks and lost races for a new row: the same transaction, run again, meets the winner's result. */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof StaleUsageSpace || (error instanceof DatabaseError && RETRYABLE.has(error.code ?? ''))
  );
}

/** A command on a tenant that was erased. */
export function isSealed(error: unknown): boolean {
  return error instanceof DatabaseError && error.constraint === 'audit_chain_is_sealed';
}
