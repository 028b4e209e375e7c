import { type Server } from 'node:http';
import { invalidInput } from '@landlord/kernel';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { type Logger } from 'pino';
import { type AccessHook } from './access.hook.js';
import { boundBodies } from './body-time.js';
import { answerClientError, answerExpectation } from './client-error.js';
import { takeCloudEvents } from './cloud-events.js';
import { BODY_BYTES_LIMIT, parseJsonBodies } from './json-body.js';
import { sendProblem } from './problem.filter.js';
import { problemOf } from './problem.js';
import { requestIdOf } from './request-id.js';
import { logRequest } from './request-log.js';

/** Longest value of a path parameter that reaches its schema; longer ones are no address. */
const PARAMETER_LENGTH_LIMIT = 512;
/** Longer than a usual proxy's 60 s, so that the proxy hangs up first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

export interface HttpParts {
  readonly logger: Logger;
  readonly access: AccessHook;
  readonly observe: (request: FastifyRequest, reply: FastifyReply) => void;
}

/** The web server: request ids, access, JSON bodies, logs; every error leaves as a problem document. */
export function createAdapter(parts: HttpParts): FastifyAdapter {
  const adapter = new FastifyAdapter(serverOptions());
  addHooks(adapter.getInstance(), parts);
  return adapter;
}

function serverOptions(): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_BYTES_LIMIT,
    // Bodies have limits of their own (`body-time.ts`): a stream may take as long as it flows.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    requestIdHeader: false,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_LIMIT },
    // What refuses a request before it is routed answers without hooks.
    frameworkErrors: (error, request, reply) => {
      setHeaders(request, reply);
      sendProblem(reply, problemOf(error), request.id);
    },
    // A missing Host is refused in a hook, as a problem.
    http: { requireHostHeader: false },
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
  };
}

function addHooks(fastify: FastifyInstance, { logger, access, observe }: HttpParts): void {
  fastify.server.on('checkExpectation', answerExpectation);
  parseJsonBodies(fastify);
  takeCloudEvents(fastify);
  boundBodies(fastify);
  fastify.decorateRequest('operation', null);
  fastify.decorateRequest('isChange', false);
  fastify.decorateRequest('invokeContext', undefined);
  fastify.addHook('onRequest', async (request, reply) => {
    setHeaders(request, reply);
    requireHost(request);
    await access.check(request);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    observe(request, reply);
    logRequest(logger, request, reply);
    done();
  });
}

function requireHost({ raw }: FastifyRequest): void {
  if (raw.headers.host === undefined && raw.httpVersion === '1.1')
    throw invalidInput('headers.host', 'is missing; HTTP/1.1 requires it');
}

function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    'x-request-id': request.id,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
}
