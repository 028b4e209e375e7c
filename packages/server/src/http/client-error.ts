import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type Problem, problem } from './problem.js';
import { requestIdOf } from './request-id.js';

const REASONS = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
} as const;
type ClientErrorStatus = keyof typeof REASONS;

const MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** Answers what Node.js could not even parse as a request, and hangs up. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const status = statusOf(error.code);
  const requestId = requestIdOf(undefined);
  const text = textOf(problemOfStatus(status), requestId);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Content-Type: ${MEDIA_TYPE}`,
    `X-Request-Id: ${requestId}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** Answers a request that expects what no server offers; Node.js asks before the request is routed. */
export function answerExpectation(request: IncomingMessage, response: ServerResponse): void {
  const requestId = requestIdOf(request.headers['x-request-id']);
  const refusal = problem('validation_failed', 'Nothing can be expected but 100-continue; leave Expect out', {
    status: 417,
    errors: [{ path: 'headers.expect', message: 'must be 100-continue' }],
  });
  response
    .writeHead(417, { 'content-type': MEDIA_TYPE, 'x-request-id': requestId, connection: 'close' })
    .end(textOf(refusal, requestId));
}

function textOf({ body }: Problem, requestId: string): string {
  return JSON.stringify({ ...body, requestId });
}

function statusOf(code: string | undefined): ClientErrorStatus {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

function problemOfStatus(status: ClientErrorStatus): Problem {
  if (status === 431)
    return problem('payload_too_large', 'The URL and headers together pass 16 KiB', { status });
  if (status === 408) return problem('validation_failed', 'The request took too long to arrive', { status });
  return problem('validation_failed', 'This is not a valid HTTP request', { status });
}
