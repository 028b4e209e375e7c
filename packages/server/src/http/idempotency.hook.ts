import {
  type IdempotencyClaim,
  type InvokeContext,
  idempotencyMismatch,
  type JsonValue,
  LandlordError,
  type Store,
  scopeOf,
} from '@landlord/kernel';
import { type FastifyInstance } from 'fastify';
import { idempotencyClaim, idempotencyKey } from './idempotency.js';
import { type LandlordReply, type LandlordRequest } from './request.js';

interface Kept {
  readonly result: JsonValue;
}

/**
 * A request with an `Idempotency-Key` happens once: a repetition gets the kept answer. The store keeps it in
 * the transaction of the effect itself; this only looks it up and hands the claim on.
 */
export class IdempotencyHook {
  constructor(private readonly store: Pick<Store, 'findIdempotent'>) {}

  addTo(fastify: FastifyInstance): void {
    fastify.addHook('preHandler', (request, reply, done) => {
      const key = request.isChange ? idempotencyKey(request.headers['idempotency-key']) : null;
      const context = request.invokeContext;
      if (key === null || !context) return done();
      this.begin(request, context, key).then((kept) => (kept ? replay(request, reply, kept) : done()), done);
    });
  }

  /** A duplicate that ran at the same time may have won, and made this one fail for what it did: then its answer. */
  async replayInstead(error: unknown, request: LandlordRequest, reply: LandlordReply): Promise<boolean> {
    const { invokeContext: context } = request;
    if (!context?.idempotency || !isRefusal(error)) return false;
    const kept = await this.find(context, context.idempotency);
    if (kept) replay(request, reply, kept);
    return kept !== null;
  }

  private async begin(request: LandlordRequest, context: InvokeContext, key: string): Promise<Kept | null> {
    const claim = claimOf(key, context, request);
    const kept = await this.find(context, claim);
    request.invokeContext = { ...context, idempotency: claim };
    return kept;
  }

  private async find(context: InvokeContext, claim: IdempotencyClaim): Promise<Kept | null> {
    const record = await this.store.findIdempotent(scopeOf(context), claim.owner, claim.key);
    if (!record) return null;
    if (record.fingerprint !== claim.fingerprint) throw idempotencyMismatch();
    return { result: record.result };
  }
}

/** What the request itself is refused for; anything else may be over the next time. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof LandlordError && error.code !== 'unavailable' && error.code !== 'idempotency_mismatch'
  );
}

function claimOf(key: string, context: InvokeContext, request: LandlordRequest): IdempotencyClaim {
  const { method, url, body } = request;
  const ifMatch = request.headers['if-match'];
  return { ...idempotencyClaim(key, context.user, { method, url, body, ifMatch }), scope: scopeOf(context) };
}

function replay({ operation }: LandlordRequest, reply: LandlordReply, { result }: Kept): void {
  if (operation) void reply.code(operation.response.status);
  void reply.header('idempotency-replayed', 'true').send(result);
}
