import { type InvokeContext } from '@landlord/kernel';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
  type NestInterceptor,
  Optional,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { INVOKE_CONTEXT_RESOLVER, type InvokeContextResolver, invokeContextOf } from '../http/index.js';
import { CallIds } from '../usage/call-ids.service.js';
import { quantityOf } from '../usage/usage.service.js';
import { type Consumption } from './consumption.js';
import { ConsumptionService } from './consumption.service.js';
import { failingInto } from './failing-into.service.js';

const CONSUMED_QUOTA = 'landlord:consumed-quota';

export interface ConsumesQuotaOptions {
  /** Default 1. */
  readonly quantity?: number | string | ((execution: ExecutionContext) => number | string);
  /**
   * Names the work, 1 to 200 characters, so that a repetition of it takes nothing more. Default: the request's
   * `Idempotency-Key` where there is one; otherwise each request takes anew.
   */
  readonly id?: (execution: ExecutionContext) => string;
}

interface ConsumedQuota extends ConsumesQuotaOptions {
  readonly metric: string;
}

/**
 * Takes from the meter before the handler runs, exactly however many ask at once, and gives it back when the handler, or
 * a pipe before it, throws. Its module imports `QuotaModule`. What is not given back when the process dies is told in the
 * README.
 */
export function ConsumesQuota(metric: string, options: ConsumesQuotaOptions = {}): MethodDecorator {
  const consumed: ConsumedQuota = { ...options, metric };
  return applyDecorators(
    SetMetadata(CONSUMED_QUOTA, consumed),
    UseInterceptors(ConsumesQuotaInterceptor),
  ) as MethodDecorator;
}

@Injectable()
export class ConsumesQuotaInterceptor implements NestInterceptor {
  private readonly callIds = new CallIds();
  private readonly logger = new Logger(ConsumesQuotaInterceptor.name);

  constructor(
    private readonly consumptions: ConsumptionService,
    @Optional() @Inject(INVOKE_CONTEXT_RESOLVER) private readonly resolver: InvokeContextResolver | null,
  ) {}

  async intercept(
    execution: ExecutionContext,
    next: CallHandler,
  ): Promise<ReturnType<CallHandler['handle']>> {
    const context = await invokeContextOf(execution, this.resolver ?? null);
    const {
      metric,
      quantity = 1,
      id,
    } = Reflect.getMetadata(CONSUMED_QUOTA, execution.getHandler()) as ConsumedQuota;
    const amount = typeof quantity === 'function' ? quantity(execution) : quantity;
    const request = {
      metric,
      quantity: quantityOf('quantity', amount),
      id: id ? id(execution) : this.callIds.next(context, `consumed ${metric}`),
    };
    const consumption = await this.consumptions.take(request, context);
    return failingInto(next.handle(), () => this.giveBack(consumption, context));
  }

  /** Whatever becomes of it, the caller is told why the work failed. */
  private async giveBack(consumption: Consumption, context: InvokeContext): Promise<void> {
    await this.consumptions.giveBack(consumption, context).catch((error: unknown) => {
      const { metric, quantity, id } = consumption;
      this.logger.error(
        `${quantity} ${metric} of ${context.user.tenantCode} (${id}) not given back: ${error}`,
      );
    });
  }
}
