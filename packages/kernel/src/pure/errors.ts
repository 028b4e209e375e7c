/** Stable refusal codes of the HTTP contract. A code never changes its meaning. */
export type ErrorCode =
  | 'validation_failed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'unauthenticated'
  | 'forbidden'
  | 'quota_exceeded'
  | 'not_found'
  | 'version_conflict'
  | 'already_exists'
  | 'duplicate_event'
  | 'invalid_transition'
  | 'out_of_bounds'
  | 'idempotency_mismatch'
  | 'downgrade_blocked'
  | 'rate_limited'
  | 'unavailable';

/** One thing wrong with an input: `path` is dotted (`events.3.timestamp`), empty for the whole. */
export interface InputIssue {
  readonly path: string;
  readonly message: string;
}

export interface LandlordErrorOptions {
  readonly errors?: readonly InputIssue[];
  /** Facts for the caller's program, such as `{ currentVersion: 4 }`; shown in the problem document. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/**
 * An expected refusal. `message` says what, where and how to mend it, and is safe to show the caller.
 * Faults (bugs, lost connections) are plain errors and never become this.
 */
export class LandlordError extends Error {
  override readonly name = 'LandlordError';
  readonly errors: readonly InputIssue[];
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: LandlordErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.errors = options.errors ?? [];
    this.facts = options.facts ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A refusal of input: 400 with the path of each thing wrong. */
export function invalidInput(path: string, message: string): LandlordError {
  const where = path === '' ? message : `${path}: ${message}`;
  return new LandlordError('validation_failed', where, { errors: [{ path, message }] });
}

/** The same answer for what is not there and for what belongs to somebody else. */
export function notFound(what: string): LandlordError {
  return new LandlordError('not_found', `${what} not found`);
}

/** For the default branch of an exhaustive switch, and for states that would be a bug. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
