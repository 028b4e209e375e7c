import { internalError, type Problem, problem } from './problem.js';

/**
 * Refusals of the web server itself. Fastify's codes are stable; its wording is not ours and can quote
 * the request, so ours takes its place.
 */
export function problemOfServerError(error: unknown, status: number): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('payload_too_large', 'The body is larger than 16 MiB; send it in several requests');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem('unsupported_media_type', 'Send the body as application/json');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid('The body does not have the length that Content-Length says');
    case 'FST_ERR_BAD_URL':
      return invalid('The URL cannot be decoded: a % must be followed by two hexadecimal digits of UTF-8');
    case 'FST_ERR_MAX_PARAM_LENGTH':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return invalid('The URL is not valid');
    default:
      return problemOfStatus(status);
  }
}

function problemOfStatus(status: number): Problem {
  if (status === 404)
    return problem('not_found', 'There is nothing at this address; see /docs for what there is');
  if (status === 413) return problem('payload_too_large', 'The request is too large');
  if (status === 415) return problem('unsupported_media_type', 'Send the body as application/json');
  if (status === 503)
    return {
      ...problem('unavailable', 'The server is stopping; try again'),
      headers: { 'retry-after': '1' },
    };
  if (status >= 400 && status < 500) return invalid('The request cannot be read', status);
  return internalError();
}

function invalid(detail: string, status = 400): Problem {
  return problem('validation_failed', detail, { status, errors: [{ path: '', message: detail }] });
}
