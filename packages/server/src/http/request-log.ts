import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';

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

function isProbe(request: FastifyRequest): boolean {
  return ['/healthz', '/readyz', '/metrics'].includes(request.routeOptions.url ?? '');
}
