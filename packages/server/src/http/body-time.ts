import { type IncomingMessage } from 'node:http';
import { type FastifyInstance } from 'fastify';
import { answerClientError } from './client-error.js';

/** A body that trickles in slower than this is given up. */
const BODY_TIMEOUT_MS = 120_000;
/** How long the rest of a body is still taken, and dropped, once it is answered. */
const REST_TIMEOUT_MS = 10_000;

/**
 * Limits the time a body may take. A body that an operation reads as a stream has none but that of its reader; what
 * is not read of it is dropped after the answer, so that the answer reaches a caller who is still sending.
 */
export function boundBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (!request.operation?.bodyStream) giveUpLater(request.raw);
    done(null, payload);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { raw } = request;
    if (request.operation?.bodyStream && !raw.readableEnded) {
      reply.removeHeader('connection');
      dropRest(raw);
    }
    done(null, payload);
  });
}

function giveUpLater(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    const timeout = Object.assign(new Error('the body took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    if (!request.complete) answerClientError(timeout, request.socket);
  }, BODY_TIMEOUT_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
}

function dropRest(request: IncomingMessage): void {
  request.resume();
  const timer = setTimeout(() => request.destroy(), REST_TIMEOUT_MS).unref();
  request.once('end', () => clearTimeout(timer));
  request.once('close', () => clearTimeout(timer));
}
