import {
  type IdempotencyClaim,
  type InvokeContext,
  idempotencyMismatch,
  type JsonValue,
  LandlordError,
  STORE,
  type Store,
  scopeOf,
} from '@landlord/kernel';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, from, type Observable, of } from 'rxjs';
import { idempotencyClaim, idempotencyKey } from './idempotency.js';
import { type LandlordReply, type LandlordRequest } from './request.js';

interface Kept {
  readonly result: JsonValue;
}

/**
 * A request with an `Idempotency-Key` happens once: a repetition gets the kept answer. The store keeps it in
 * the transaction of the effect itself; this only looks it up and hands the claim on.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(@Inject(STORE) private readonly store: Store) {}

  async intercept(execution: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = execution.switchToHttp().getRequest<LandlordRequest>();
    const context = request.invokeContext;
    const key = request.isChange ? idempotencyKey(request.headers['idempotency-key']) : null;
    if (key === null || !context) return next.handle();
    const claim = claimOf(key, context, request);
    const reply = execution.switchToHttp().getResponse<LandlordReply>();
    const kept = await this.find(context, claim);
    if (kept) return of(replay(reply, kept));
    request.invokeContext = { ...context, idempotency: claim };
    return next
      .handle()
      .pipe(catchError((error: unknown) => from(this.replayInstead(error, { context, claim, reply }))));
  }

  /** A duplicate that ran at the same time may have won, and made this one fail for what it did. */
  private async replayInstead(
    error: unknown,
    lost: { context: InvokeContext; claim: IdempotencyClaim; reply: LandlordReply },
  ): Promise<JsonValue> {
    if (!(error instanceof LandlordError) || error.code === 'unavailable') throw error;
    const kept = await this.find(lost.context, lost.claim);
    if (kept) return replay(lost.reply, kept);
    throw error;
  }

  private async find(context: InvokeContext, claim: IdempotencyClaim): Promise<Kept | null> {
    const record = await this.store.findIdempotent(scopeOf(context), claim.owner, claim.key);
    if (!record) return null;
    if (record.fingerprint !== claim.fingerprint) throw idempotencyMismatch();
    return { result: record.result };
  }
}

function claimOf(key: string, context: InvokeContext, request: LandlordRequest): IdempotencyClaim {
  const { method, url, body } = request;
  const ifMatch = request.headers['if-match'];
  return { ...idempotencyClaim(key, context.user, { method, url, body, ifMatch }), scope: scopeOf(context) };
}

function replay(reply: LandlordReply, { result }: Kept): JsonValue {
  void reply.header('idempotency-replayed', 'true');
  return result;
}
