import { type Clock, CoreModule, type InvokeContext, LandlordError } from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { ConsumesQuota, InvokeContextModule, QuotaGuard, QuotaModule, SaasModule } from '@landlord/saas';
import {
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Module,
  Post,
  Req,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { LandlordProblemFilter } from '../http/landlord-problem.filter.js';

/** What an application knows of its request; Fastify and Express agree on it. */
interface OwnRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Whose request it is, as the application itself has verified it: here by a header. */
function whoCalls(execution: ExecutionContext): InvokeContext {
  const { headers } = execution.switchToHttp().getRequest<OwnRequest>();
  const tenantCode = headers['x-tenant'];
  if (!tenantCode) throw new LandlordError('unauthenticated', 'say x-tenant');
  const key = headers['x-key'];
  return {
    user: { userId: 'usr-1', tenantCode, roles: ['member'] },
    requestId: 'req-1',
    source: 'POST /calls',
    ip: null,
    idempotency: key ? { owner: tenantCode, key, fingerprint: key } : null,
  };
}

const orderOf = (execution: ExecutionContext) =>
  execution.switchToHttp().getRequest<OwnRequest>().headers['x-order'] ?? '';

@Controller()
class OwnController {
  @Get('/projects')
  @UseGuards(QuotaGuard)
  @SetMetadata('quota_metric', 'projectCount')
  list() {
    return { isListed: true };
  }

  @Post('/calls')
  @HttpCode(200)
  @ConsumesQuota('apiCalls')
  call(@Req() request: OwnRequest) {
    return workOf(request);
  }

  @Post('/projects')
  @HttpCode(200)
  @ConsumesQuota('projectCount')
  create(@Req() request: OwnRequest) {
    return workOf(request);
  }

  @Post('/orders')
  @HttpCode(200)
  @ConsumesQuota('apiCalls', { id: orderOf, quantity: 2 })
  order(@Req() request: OwnRequest) {
    return workOf(request);
  }

  @Get('/odd')
  @UseGuards(QuotaGuard)
  @SetMetadata('quota_metric', 'steps')
  odd() {
    return {};
  }
}

async function workOf({ headers }: OwnRequest) {
  await Promise.resolve();
  if (headers['x-fails']) throw new Error('the work failed');
  return { isDone: true };
}

@Module({ imports: [QuotaModule], controllers: [OwnController] })
class OwnModule {}

export interface EmbeddingApplication {
  readonly app: NestFastifyApplication;
  readonly store: PostgresStore;
  readonly url: string;
  close(): Promise<void>;
}

/** A small application of somebody else's, with the modules mounted on its own PostgreSQL. */
export async function openEmbedding(connectionString: string, clock: Clock): Promise<EmbeddingApplication> {
  const store = new PostgresStore({ connectionString });
  @Module({
    imports: [
      CoreModule.forRoot({ store, clock }),
      InvokeContextModule.forRoot(whoCalls),
      SaasModule,
      OwnModule,
    ],
    providers: [{ provide: APP_FILTER, useClass: LandlordProblemFilter }],
  })
  class Application {}
  const app = await NestFactory.create<NestFastifyApplication>(Application, new FastifyAdapter(), {
    logger: false,
  });
  await app.listen(0, '127.0.0.1');
  const close = async () => {
    await app.close();
    await store.close();
  };
  return { app, store, url: await app.getUrl(), close };
}
