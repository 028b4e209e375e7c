import { type Socket } from 'node:net';
import { type Problem, problem } from './problem.js';
import { requestIdOf } from './request-id.js';

const REASONS = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
} as const;
type ClientErrorStatus = keyof typeof REASONS;

/** Answers what Node.js could not even parse as a request, and hangs up. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const status = statusOf(error.code);
  const { body } = problemOfStatus(status);
  const text = JSON.stringify({ ...body, requestId: requestIdOf(undefined) });
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
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
