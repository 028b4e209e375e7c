import {
  type Change,
  CLOCK,
  type Clock,
  type Command,
  CommandService,
  FeedRunner,
  type IDataSyncHandler,
  type Item,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { WebhookBell } from './bell.service.js';
import { WEBHOOK_CONTEXT } from './context.item.js';
import { createDeliveryCommand } from './delivery.item.js';
import { deliveryIdOf } from './delivery.js';
import { EndpointFinder } from './endpoint.finder.service.js';
import { EVENT_SOURCES, type ToldEvent, toldEvent } from './event-source.item.js';
import { type Place } from './place.item.js';

/** Makes deliveries of events, as the change feed tells them: one for each endpoint, however often it is told. */
@Injectable()
export class DeliveriesFeed implements IDataSyncHandler, OnModuleInit {
  constructor(
    private readonly commandService: CommandService,
    private readonly finder: EndpointFinder,
    private readonly feedRunner: FeedRunner,
    private readonly bell: WebhookBell,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    for (const { type } of EVENT_SOURCES) this.feedRunner.register(`DeliveriesFeed.${type}`, type, this);
  }

  async handleSync({ old, new: item }: Change): Promise<void> {
    if (old !== null) return;
    const told = toldEvent(item);
    // Its delivery was made together with it.
    if (told.event.endpointId !== null) return;
    const receivers = await this.finder.receiversOf(told);
    const commands = await this.missing(
      receivers.map(({ place, id }) => this.delivery(place, id, { item, told })),
    );
    if (commands.length === 0) return;
    await this.commandService.commit(
      { commands, respond: () => null },
      { invokeContext: WEBHOOK_CONTEXT, scope: SYSTEM_SCOPE },
    );
    this.bell.ring();
  }

  delivery(place: Place, endpointId: string, { item, told }: { item: Item; told: ToldEvent }): Command {
    const { event, eventId, tenantCode } = told;
    const id = deliveryIdOf(item.createdAt, eventId, endpointId);
    const { name: eventName, occurredAt } = event;
    const source = { pk: item.pk, sk: item.sk };
    const what = { id, endpointId, eventId, eventName, occurredAt, tenantCode, source };
    return createDeliveryCommand(place, what, this.clock.now());
  }

  /** Those that an earlier telling of the same change has not made. */
  private async missing(commands: readonly Command[]): Promise<readonly Command[]> {
    if (commands.length === 0) return [];
    const found = await this.store.getMany(
      SYSTEM_SCOPE,
      commands.map(({ pk, sk }) => ({ pk, sk })),
    );
    return commands.filter((_command, index) => found[index] === null);
  }
}
