import {
  DataService,
  type InvokeContext,
  type Item,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  tenantPk,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { SUBSCRIPTION_EVENT_PREFIX, subscriptionEventView } from './subscription.event.item.js';
import { type SubscriptionEventView } from './subscription.event.schema.js';
import { SUBSCRIPTION_PREFIX, subscriptionView } from './subscription.item.js';
import { type SubscriptionView } from './subscription.schema.js';

@Injectable()
export class SubscriptionService {
  constructor(private readonly dataService: DataService) {}

  /** The tenant's subscription; `not_found` when it never had one. */
  async getCurrent(context: InvokeContext): Promise<SubscriptionView> {
    return subscriptionView(await this.currentItem(context));
  }

  /** Null where `getCurrent` would throw. */
  async findCurrent(context: InvokeContext): Promise<SubscriptionView | null> {
    const item = await this.findCurrentItem(context);
    return item && subscriptionView(item);
  }

  /** What happened to the tenant's subscriptions, newest first. */
  async listEvents(context: InvokeContext, page: PageRequest): Promise<Page<SubscriptionEventView>> {
    const query = { ...page, sk: { beginsWith: SUBSCRIPTION_EVENT_PREFIX }, order: 'desc' as const };
    const { items, nextCursor } = await this.dataService.listItemsByPk(
      tenantPk(requireTenant(context)),
      query,
      { invokeContext: context },
    );
    return { items: items.map(subscriptionEventView), nextCursor };
  }

  /** The item of `getCurrent`. */
  async currentItem(context: InvokeContext): Promise<Item> {
    const item = await this.findCurrentItem(context);
    if (!item) throw notFound('subscription');
    return item;
  }

  private async findCurrentItem(context: InvokeContext): Promise<Item | null> {
    const query = { sk: { beginsWith: SUBSCRIPTION_PREFIX }, order: 'desc' as const, limit: 1 };
    const page = await this.dataService.listItemsByPk(tenantPk(requireTenant(context)), query, {
      invokeContext: context,
    });
    return page.items[0] ?? null;
  }
}
