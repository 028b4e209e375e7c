import { type CarriesInvokeContext, type InvokeContext, LandlordError } from '@landlord/kernel';
import { type DynamicModule, type ExecutionContext, Module } from '@nestjs/common';

/** Says for an application of its own who is calling: verified, or a refusal is thrown. */
export type InvokeContextResolver = (execution: ExecutionContext) => InvokeContext | Promise<InvokeContext>;

/** The key under which an application provides its `InvokeContextResolver`. */
export const INVOKE_CONTEXT_RESOLVER = Symbol('INVOKE_CONTEXT_RESOLVER');

/** For applications that do not put the `invokeContext` on the request themselves. */
@Module({})
export class InvokeContextModule {
  static forRoot(resolver: InvokeContextResolver): DynamicModule {
    return {
      module: InvokeContextModule,
      global: true,
      providers: [{ provide: INVOKE_CONTEXT_RESOLVER, useValue: resolver }],
      exports: [INVOKE_CONTEXT_RESOLVER],
    };
  }
}

/**
 * The context on the request, or what the resolver makes of it; that is then on the request, where `@Context()` and
 * `getUserContext` find it, too. Throws `unauthenticated` without either.
 */
export async function invokeContextOf(
  execution: ExecutionContext,
  resolver: InvokeContextResolver | null,
): Promise<InvokeContext> {
  const request = execution
    .switchToHttp()
    .getRequest<{ -readonly [Name in keyof CarriesInvokeContext]: CarriesInvokeContext[Name] }>();
  if (request.invokeContext) return request.invokeContext;
  if (!resolver) throw new LandlordError('unauthenticated', 'the request carries no verified caller');
  const context = await resolver(execution);
  request.invokeContext = context;
  return context;
}
