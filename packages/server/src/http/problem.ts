import { type ErrorCode, type InputIssue, LandlordError } from '@landlord/kernel';
import { HttpException } from '@nestjs/common';
import { problemOfServerError } from './server-error.js';

export type ProblemCode = ErrorCode | 'internal_error';

/** A problem document (RFC 9457) and how it is sent. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail: string;
    readonly code: ProblemCode;
    readonly [fact: string]: unknown;
  };
}

/** The only place where codes meet HTTP statuses. */
export const PROBLEMS = {
  validation_failed: { status: 400, title: 'The request is not valid' },
  downgrade_blocked: { status: 400, title: 'Too much is in use for that plan' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  forbidden: { status: 403, title: 'Not allowed' },
  quota_exceeded: { status: 403, title: 'The quota is used up' },
  not_found: { status: 404, title: 'Not found' },
  version_conflict: { status: 409, title: 'It was changed meanwhile' },
  already_exists: { status: 409, title: 'It exists already' },
  duplicate_event: { status: 409, title: 'The id was used for another event' },
  invalid_transition: { status: 409, title: 'Not possible in this state' },
  out_of_bounds: { status: 409, title: 'A bound would be passed' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'Something went wrong on the server' },
  unavailable: { status: 503, title: 'Not available at the moment' },
} as const satisfies Record<ProblemCode, { status: number; title: string }>;

const RETRY_AFTER_SECONDS = 1;
/** Members of the document itself, which no fact may replace. */
const RESERVED = new Set(['type', 'title', 'status', 'detail', 'code', 'errors', 'requestId']);

/** Any error as its document. What is not an expected refusal is `internal_error`, with nothing of its inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof LandlordError) return refusal(error);
  if (error instanceof HttpException) return problemOfServerError(error.cause ?? error, error.getStatus());
  if (error instanceof Error && 'statusCode' in error)
    return problemOfServerError(error, Number(error.statusCode));
  return internalError();
}

export function problem(
  code: ProblemCode,
  detail: string,
  options: {
    facts?: Readonly<Record<string, unknown>>;
    errors?: readonly InputIssue[];
    status?: number;
  } = {},
): Problem {
  const { title, status: usual } = PROBLEMS[code];
  const status = options.status ?? usual;
  const facts = Object.entries(options.facts ?? {}).filter(([name]) => !RESERVED.has(name));
  const errors = options.errors ?? [];
  const body = {
    type: problemType(code),
    title,
    status,
    detail,
    code,
    ...(errors.length > 0 ? { errors } : {}),
  };
  return { status, headers: {}, body: { ...body, ...Object.fromEntries(facts) } };
}

export function problemType(code: ProblemCode): string {
  return `urn:landlord:problem:${code}`;
}

export function internalError(): Problem {
  return problem(
    'internal_error',
    'The server met an unexpected fault; it is in the log under this request id',
  );
}

function refusal(error: LandlordError): Problem {
  const { code, message, facts, errors } = error;
  return { ...problem(code, message, { facts, errors }), headers: headersOf(error) };
}

function headersOf({ code, retryAfterSeconds }: LandlordError): Record<string, string> {
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer realm="landlord"' };
  if (code !== 'unavailable' && code !== 'rate_limited') return {};
  return { 'retry-after': String(Math.ceil(retryAfterSeconds ?? RETRY_AFTER_SECONDS)) };
}
