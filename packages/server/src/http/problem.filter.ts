import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { type Logger } from 'pino';
import { namedAsHeaders } from './cloud-events.js';
import { type Problem, problemOf } from './problem.js';
import { namedAsAsked } from './query-cursor.js';
import { type LandlordReply, type LandlordRequest } from './request.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** Answers every error as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<LandlordRequest>();
    const problem = problemOf(namedAsHeaders(namedAsAsked(error, request.operation), request));
    if (problem.status >= 500) logFault(this.logger, error, { problem, requestId: request.id });
    sendProblem(http.getResponse<LandlordReply>(), problem, request.id);
  }
}

export function sendProblem(reply: LandlordReply, problem: Problem, requestId: string): void {
  // The client may be gone, or the answer begun.
  if (reply.sent) return;
  // A client that is still sending a body too large would lose the answer with its connection; what it sends is dropped.
  if (problem.status === 413) reply.removeHeader('connection');
  reply
    .code(problem.status)
    .headers({ ...problem.headers, 'content-type': PROBLEM_MEDIA_TYPE })
    .send({ ...problem.body, requestId });
}

function logFault(
  logger: Logger,
  error: unknown,
  { problem, requestId }: { problem: Problem; requestId: string },
): void {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (problem.body.code === 'unavailable') logger.warn({ requestId, reason: String(cause) }, 'unavailable');
  else logger.error({ requestId, err: error }, 'fault');
}
