import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Optional,
  SetMetadata,
} from '@nestjs/common';
import { INVOKE_CONTEXT_RESOLVER, type InvokeContextResolver, invokeContextOf } from '../http/index.js';
import { quotaExceeded } from '../usage/quota.refusal.js';
import { UsageReaderService } from '../usage/usage-reader.service.js';

/** `@SetMetadata('quota_metric', 'projectCount')` says which meter `QuotaGuard` looks at. */
export const QUOTA_METRIC = 'quota_metric';

/** The same, spelt so that it cannot be misspelt. */
export const ChecksQuota = (metric: string) => SetMetadata(QUOTA_METRIC, metric);

/**
 * Turns a request away whose tenant has used up the quota of the route's meter, or of its controller's. It looks only:
 * of several at the edge each may see the last unit. `ConsumesQuota` takes it. A route without a meter passes.
 */
@Injectable()
export class QuotaGuard implements CanActivate {
  constructor(
    private readonly reader: UsageReaderService,
    @Optional() @Inject(INVOKE_CONTEXT_RESOLVER) private readonly resolver: InvokeContextResolver | null,
  ) {}

  /** Throws `quota_exceeded`; `forbidden` with the reason `no_subscription`; `not_found` for a metric there is not. */
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const metric = metricOf(execution);
    if (metric === null) return true;
    const context = await invokeContextOf(execution, this.resolver ?? null);
    const quota = await this.reader.check(metric, context, { onlyHard: true });
    if (quota.isExceeded) throw quotaExceeded(quota);
    return true;
  }
}

function metricOf(execution: ExecutionContext): string | null {
  for (const place of [execution.getHandler(), execution.getClass()]) {
    const metric: unknown = Reflect.getMetadata(QUOTA_METRIC, place);
    if (typeof metric === 'string') return metric;
  }
  return null;
}
