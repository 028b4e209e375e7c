import { FeedRunner, LandlordError, STORE, type Store } from '@landlord/kernel';
import { defineOperation, Operation } from '@landlord/saas';
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';

const PING_TIMEOUT_MS = 2_000;

const getHealth = defineOperation({
  method: 'GET',
  path: '/healthz',
  summary: 'Whether the process serves',
  tag: 'Health',
  roles: 'public',
  tenant: 'none',
  response: { status: 200, schema: z.object({ status: z.literal('ok') }), description: 'It serves.' },
});

const getReadiness = defineOperation({
  method: 'GET',
  path: '/readyz',
  summary: 'Whether requests can be carried out',
  description: 'Answers 503 with the state of each component while the store or the change feed is down.',
  tag: 'Health',
  roles: 'public',
  tenant: 'none',
  response: {
    status: 200,
    schema: z.object({
      status: z.literal('ready'),
      components: z.object({ store: z.literal('up'), feed: z.literal('up') }),
    }),
    description: 'Everything works.',
  },
  problems: ['unavailable'],
});

@Controller()
export class HealthController {
  constructor(
    @Inject(STORE) private readonly store: Store,
    private readonly feedRunner: FeedRunner,
  ) {}

  @Operation(getHealth)
  health() {
    return { status: 'ok' };
  }

  @Operation(getReadiness)
  async readiness() {
    const store = (await this.answers()) ? 'up' : 'down';
    const feed = this.feedRunner.running ? 'up' : 'down';
    if (store === 'up' && feed === 'up') return { status: 'ready', components: { store, feed } };
    throw new LandlordError('unavailable', `the store is ${store}, the change feed is ${feed}`, {
      facts: { store, feed },
    });
  }

  private async answers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PING_TIMEOUT_MS);
    });
    const answered = this.store.ping().then(
      () => true,
      () => false,
    );
    return Promise.race([answered, late]).finally(() => clearTimeout(timer));
  }
}
