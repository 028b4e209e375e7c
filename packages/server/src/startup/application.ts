import { type Clock, CoreModule, type Store } from '@landlord/kernel';
import { OperationRegistry, SaasModule, type SessionTokens, TenantGateService } from '@landlord/saas';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger } from 'pino';
import { type TokenVerifier } from '../authentication/token-verifier.js';
import { ClockModule } from '../clock/clock.module.js';
import { TestClock } from '../clock/test-clock.js';
import { type UsageRetentionDays } from '../config.js';
import { type DueRunner } from '../due/due-work.js';
import { AccessHook } from '../http/access.hook.js';
import { EtagInterceptor } from '../http/etag.interceptor.js';
import { createAdapter } from '../http/fastify.js';
import { IdempotencyInterceptor } from '../http/idempotency.interceptor.js';
import { NestLogger } from '../http/logger.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { USAGE_RETENTION, UsageRetentionRunner } from '../maintenance/usage-retention.js';
import { openApiDocument } from '../openapi/document.js';
import { addDocs } from '../platform/docs.js';
import { HealthController } from '../platform/health.controller.js';
import { Metrics } from '../platform/metrics.js';
import { VERSION } from '../version.js';
import { SessionModule } from './session.module.js';

export type ModuleImport = Type | DynamicModule;

export interface ApplicationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly verifier: TokenVerifier;
  readonly sessions: SessionTokens;
  readonly logger: Logger;
  /** Default: the capabilities of `@landlord/saas`. */
  readonly modules?: readonly ModuleImport[];
  /** What falls due as time passes, in the order to run it. */
  readonly dueRunners: readonly Type<DueRunner>[];
  readonly usageRetention: UsageRetentionDays;
}

@Module({})
class ServerModule {
  static forRoot({
    store,
    clock,
    sessions,
    logger,
    dueRunners,
    usageRetention,
    modules = [SaasModule],
  }: ApplicationParts): DynamicModule {
    const onError = (message: string, error: unknown) => logger.error({ err: error }, message);
    return {
      module: ServerModule,
      imports: [
        CoreModule.forRoot({ store, clock, feed: { onError } }),
        DiscoveryModule,
        SessionModule.forRoot(sessions),
        ...modules,
        ...(clock instanceof TestClock
          ? [ClockModule.forRoot({ clock, dueRunners, onFailure: onError })]
          : []),
      ],
      controllers: [HealthController],
      providers: [
        OperationRegistry,
        UsageRetentionRunner,
        { provide: USAGE_RETENTION, useValue: usageRetention },
      ],
    };
  }
}

/** The application over its parts, ready to listen. Throws when a controller has an undeclared route. */
export async function createApplication(parts: ApplicationParts): Promise<NestFastifyApplication> {
  const { logger, store, verifier } = parts;
  const access = new AccessHook(verifier);
  const metrics = new Metrics(store);
  const adapter = createAdapter({
    logger,
    access,
    observe: (request, reply) => metrics.observe(request, reply),
  });
  const app = await NestFactory.create<NestFastifyApplication>(ServerModule.forRoot(parts), adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  try {
    const operations = app.get(OperationRegistry).operations();
    access.useOperations(operations);
    const gate = gateOf(app);
    if (gate) access.useGate(gate);
    metrics.addRoute(adapter.getInstance());
    addDocs(adapter.getInstance(), () => openApiDocument(operations, VERSION));
    app.useGlobalFilters(new ProblemFilter(logger));
    app.useGlobalInterceptors(new EtagInterceptor(), new IdempotencyInterceptor(store));
    return await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Null where an application is made of other modules than the tenants'. */
function gateOf(app: NestFastifyApplication): TenantGateService | null {
  const providers = app.get(DiscoveryService).getProviders();
  const found = providers.find(({ metatype }) => metatype === TenantGateService);
  return (found?.instance as TenantGateService | undefined) ?? null;
}
