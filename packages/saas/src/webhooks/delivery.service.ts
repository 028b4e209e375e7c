import { randomBytes } from 'node:crypto';
import {
  CLOCK,
  type Clock,
  CommandService,
  DataService,
  evolve,
  type InvokeContext,
  type Item,
  LandlordError,
  notFound,
  type Page,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { matchingPage } from '../http/matching-page.js';
import { WebhookBell } from './bell.service.js';
import { DeliveriesFeed } from './deliveries.feed.service.js';
import {
  DELIVERY_PREFIX,
  deliveryFromItem,
  deliveryKey,
  deliveryView,
  deliveryWithAttemptsView,
  moveDeliveryCommand,
} from './delivery.item.js';
import { stepToReplay } from './delivery.js';
import { type DeliveryQuery, type DeliveryView, type DeliveryWithAttemptsView } from './delivery.schema.js';
import { EndpointFinder } from './endpoint.finder.service.js';
import { endpointView } from './endpoint.item.js';
import { notSending } from './endpoint.service.js';
import { createWebhookEventCommand } from './event.item.js';
import { toldEvent } from './event-source.item.js';
import { type Place, placeOf } from './place.item.js';

const ID_BYTES = 8;

/** What was sent, is to be sent, or could not be. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly finder: EndpointFinder,
    private readonly feed: DeliveriesFeed,
    private readonly bell: WebhookBell,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest event first. */
  async list(context: InvokeContext, query: DeliveryQuery): Promise<Page<DeliveryView>> {
    const place = placeOf(context);
    await this.finder.requirePlace(place);
    const { endpointId, status, ...page } = query;
    const wanted = (item: Item) => {
      const delivery = deliveryFromItem(item);
      return (
        (endpointId === undefined || delivery.endpointId === endpointId) &&
        (status === undefined || delivery.status === status)
      );
    };
    const range = { sk: { beginsWith: DELIVERY_PREFIX }, order: 'desc' as const };
    const read = (request: typeof page) =>
      this.dataService.listItemsByPk(place.pk, { ...range, ...request }, place.read);
    const { items, nextCursor } = await matchingPage(page, read, wanted);
    return { items: items.map(deliveryView), nextCursor };
  }

  async get(context: InvokeContext, id: string): Promise<DeliveryWithAttemptsView> {
    return deliveryWithAttemptsView(await this.find(placeOf(context), id));
  }

  /** Sends it once more, with the whole schedule before it. `invalid_transition` while it is under way. */
  async replay(
    context: InvokeContext,
    { id, ifMatch }: { readonly id: string; readonly ifMatch: number | null },
  ): Promise<DeliveryView> {
    const place = placeOf(context);
    const view = await untilUncontended(ifMatch, async () => {
      const item = await this.find(place, id);
      const delivery = deliveryFromItem(item);
      if (delivery.status === 'pending') throw underWay(id);
      await this.requireSending(place, delivery.endpointId);
      const command = moveDeliveryCommand(item, stepToReplay(delivery, this.clock.now()), ifMatch);
      const respond = ([changed = null]: readonly (Item | null)[]) => deliveryView(changed ?? item);
      return this.commandService.commit({ commands: [command], respond }, { invokeContext: context });
    });
    this.bell.ring();
    return view;
  }

  /** An event for this endpoint alone, whatever it asks for. */
  async test(context: InvokeContext, endpointId: string): Promise<DeliveryView> {
    const place = placeOf(context);
    await this.requireSending(place, endpointId);
    const event = createWebhookEventCommand(place, {
      id: `test-${randomBytes(ID_BYTES).toString('hex')}`,
      name: 'webhook.test',
      occurredAt: this.clock.now(),
      data: { endpointId },
      endpointId,
    });
    const evolution = evolve(null, event, this.commandService.origin(context));
    if (evolution.status !== 'changed') throw new Error('a new event can be created');
    const told = toldEvent(evolution.item);
    const delivery = this.feed.delivery(place, endpointId, { item: evolution.item, told });
    const view = await this.commandService.commit(
      {
        commands: [event, delivery],
        respond: ([, created]) => (created ? deliveryView(created) : null) as DeliveryView,
      },
      { invokeContext: context },
    );
    this.bell.ring();
    return view;
  }

  private async find(place: Place, id: string): Promise<Item> {
    const item = await this.dataService.getItem(deliveryKey(place, id), place.read);
    if (!item) throw notFound('webhook delivery');
    return item;
  }

  private async requireSending(place: Place, endpointId: string): Promise<void> {
    const item = await this.finder.find(place, endpointId);
    await this.finder.requireOpenPlace(place);
    const isHere = (await this.finder.secretOf(place, endpointId)) !== null;
    if (!endpointView(item, { isHere }).isSending) throw notSending(endpointId);
  }
}

function underWay(id: string): LandlordError {
  return new LandlordError(
    'invalid_transition',
    `${id} is under way already; it can be replayed once it is settled`,
  );
}
