import { etagOf } from '@landlord/saas';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { type LandlordReply, type LandlordRequest } from './request.js';

/** Tells the `version` of an answer as its `ETag`, where the operation says so. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { operation } = execution.switchToHttp().getRequest<LandlordRequest>();
    if (!operation?.etag) return next.handle();
    const reply = execution.switchToHttp().getResponse<LandlordReply>();
    return next.handle().pipe(
      map((answer: unknown) => {
        const etag = etagOf(answer);
        if (etag !== null) void reply.header('etag', etag);
        return answer;
      }),
    );
  }
}
