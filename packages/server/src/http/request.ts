import { type InvokeContext } from '@landlord/kernel';
import { type DeclaredOperation } from '@landlord/saas';
import { type FastifyReply, type FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null for routes that are no operation: documents, metrics, unknown addresses. */
    operation: DeclaredOperation | null;
    /** Whether an `Idempotency-Key` has a meaning. */
    isChange: boolean;
    /** The body was made of a CloudEvent in binary mode. */
    isBinaryEvent: boolean;
    /** The verified caller; undefined for public routes. */
    invokeContext: InvokeContext | undefined;
  }
  interface FastifyContextConfig {
    /** Answers without a token, though it is no operation. */
    isPublic?: true;
  }
}

export type LandlordRequest = FastifyRequest;
export type LandlordReply = FastifyReply;
