import { etagOf } from '@landlord/saas';
import { type FastifyInstance } from 'fastify';

const REFUSALS_FROM = 400;

/** Tells the `version` of an answer as its `ETag`, where the operation says so. */
export function tellVersions(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', (request, reply, answer, done) => {
    if (request.operation?.etag && reply.statusCode < REFUSALS_FROM) {
      const etag = etagOf(answer);
      if (etag !== null) void reply.header('etag', etag);
    }
    done(null, answer);
  });
}
