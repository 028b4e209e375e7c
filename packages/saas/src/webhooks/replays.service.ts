import {
  CLOCK,
  type Clock,
  CommandService,
  type Instant,
  type Item,
  LandlordError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  UNIT_COMMANDS_LIMIT,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { WEBHOOK_CONTEXT } from './context.item.js';
import { deliveriesSince, deliveryFromItem, moveDeliveryCommand } from './delivery.item.js';
import { stepToReplay } from './delivery.js';
import { changeEndpointCommand, endpointFromItem, WEBHOOK_TYPE } from './endpoint.item.js';

const PAGE_SIZE = 100;
/** Endpoints whose replay is begun in one go. */
const ENDPOINTS_AT_ONCE = 20;

/** Begins again what failed, for endpoints of which somebody wanted it. Repeatable: what is under way stays so. */
@Injectable()
export class WebhookReplays {
  constructor(
    private readonly commandService: CommandService,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Returns how many endpoints had one. One that is ended by the signal goes on in the next run. */
  async runDue(until: Instant, signal?: AbortSignal): Promise<number> {
    const query = { type: WEBHOOK_TYPE, until, limit: ENDPOINTS_AT_ONCE };
    const { items } = await this.store.dueItems(SYSTEM_SCOPE, query);
    for (const item of items) await this.replay(item, signal).catch(unlessContended);
    return items.length;
  }

  private async replay(endpoint: Item, signal?: AbortSignal): Promise<void> {
    const { replaySince } = endpointFromItem(endpoint);
    if (replaySince !== null) await this.begin(endpoint, replaySince, signal);
    if (signal?.aborted) return;
    const done = changeEndpointCommand(endpoint, endpoint.version, { replaySince: null }, { dueAt: null });
    await this.write([done]);
  }

  /** Oldest first; each page is read behind the last, so that one which fails again meanwhile is not begun twice. */
  private async begin({ pk, code }: Item, since: Instant, signal?: AbortSignal): Promise<void> {
    let place = {};
    for (;;) {
      const query = { pk, sk: deliveriesSince(since), limit: PAGE_SIZE, ...place };
      const { items, nextCursor } = await this.store.query(SYSTEM_SCOPE, query);
      const failed = items.filter((item) => {
        const { endpointId, status } = deliveryFromItem(item);
        return endpointId === code && status === 'failed';
      });
      const now = this.clock.now();
      const commands = failed.map((item) =>
        moveDeliveryCommand(item, stepToReplay(deliveryFromItem(item), now)),
      );
      for (let from = 0; from < commands.length; from += UNIT_COMMANDS_LIMIT)
        await this.write(commands.slice(from, from + UNIT_COMMANDS_LIMIT));
      if (nextCursor === null || signal?.aborted) return;
      place = { cursor: nextCursor };
    }
  }

  private async write(commands: Parameters<CommandService['commit']>[0]['commands']): Promise<void> {
    const options = { invokeContext: WEBHOOK_CONTEXT, scope: SYSTEM_SCOPE };
    await this.commandService.commit({ commands, respond: () => null }, options);
  }
}

/** Somebody wrote in between: the endpoint is still due, and the next run goes on. */
function unlessContended(error: unknown): void {
  if (!(error instanceof LandlordError && error.code === 'version_conflict')) throw error;
}
