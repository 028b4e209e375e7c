import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';

/** Looks for no secrets: its lines are made here, field by field, and hold none. */
export function requestLogger(logger: Logger): Logger {
  return logger.child({}, { redact: [] });
}

/** One line a request: no token, no body, no query, no address beyond the route's pattern. */
export function logRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode } = reply;
  const level = statusCode >= 500 ? 'error' : isProbe(request) ? 'debug' : 'info';
  const user = request.invokeContext?.user;
  logger[level](
    {
      method: request.method,
      route: routeOf(request),
      status: statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      requestId: request.id,
      tenant: user?.tenantCode ?? null,
      user: user?.userId ?? null,
    },
    'request',
  );
}

/** The pattern of the route, or `unmatched`: few values, and nothing of the caller's in them. */
export function routeOf(request: FastifyRequest): string {
  return request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
}

const PROBES: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics']);

function isProbe(request: FastifyRequest): boolean {
  return PROBES.has(request.routeOptions.url);
}
