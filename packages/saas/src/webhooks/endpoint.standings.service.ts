import {
  CLOCK,
  type Clock,
  CommandService,
  type Item,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { WEBHOOK_CONTEXT } from './context.item.js';
import { changeEndpointCommand, endpointFromItem, endpointKey } from './endpoint.item.js';
import { type Standing, standingAfter } from './endpoint.js';
import { createWebhookEventCommand } from './event.item.js';
import { type Place } from './place.item.js';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './webhook.options.service.js';
import { type WebhookOutcome } from './webhook.transport.service.js';

/** Keeps how endpoints do; one that is dead is disabled, and that is told. */
@Injectable()
export class EndpointStandings {
  constructor(
    private readonly commandService: CommandService,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions,
  ) {}

  async note(place: Place, endpointId: string, outcome: WebhookOutcome): Promise<void> {
    await untilUncontended(null, async () => {
      const item = await this.store.get(SYSTEM_SCOPE, endpointKey(place, endpointId));
      if (!item || item.isDeleted) return;
      const { disableAfterDays } = this.options;
      const standing = standingAfter(endpointFromItem(item), outcome, {
        now: this.clock.now(),
        disableAfterDays,
      });
      if (standing === null) return;
      const commands = [
        changeEndpointCommand(item, item.version, standing),
        ...(standing.disabledAt === null ? [] : [this.disabledEvent(place, item, standing)]),
      ];
      await this.commandService.commit(
        { commands, respond: () => null },
        { invokeContext: WEBHOOK_CONTEXT, scope: SYSTEM_SCOPE },
      );
    });
  }

  private disabledEvent(place: Place, item: Item, { disabledReason, failingSince }: Standing) {
    const { id: endpointId, url } = endpointFromItem(item);
    return createWebhookEventCommand(place, {
      id: `disabled-${endpointId}-${item.version + 1}`,
      name: 'webhook.endpoint_disabled',
      occurredAt: this.clock.now(),
      data: { endpointId, url, reason: disabledReason, failingSince },
      endpointId: null,
    });
  }
}
