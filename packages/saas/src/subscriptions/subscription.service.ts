import {
  DataService,
  type InvokeContext,
  type Item,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  tenantPk,
  tenantScope,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { SUBSCRIPTION_EVENT_PREFIX, subscriptionEventView } from './subscription.event.item.js';
import { type SubscriptionEventView } from './subscription.event.schema.js';
import { SUBSCRIPTION_PREFIX, subscriptionFromItem, subscriptionView } from './subscription.item.js';
import { type Scheduled, scheduledOf } from './subscription.scheduled.js';
import { type SubscriptionView } from './subscription.schema.js';

@Injectable()
export class SubscriptionService {
  constructor(private readonly dataService: DataService) {}

  /** The tenant's subscription; `not_found` when it never had one. */
  async getCurrent(context: InvokeContext): Promise<SubscriptionView> {
    return subscriptionView(await this.currentItem(context));
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

  /** What waits and can be taken back; at most one of each kind. */
  async listScheduled(context: InvokeContext): Promise<{ items: Scheduled[]; nextCursor: null }> {
    const item = await this.currentItem(context);
    return { items: scheduledOf(subscriptionFromItem(item)), nextCursor: null };
  }

  /** The item of `getCurrent`. */
  async currentItem(context: InvokeContext): Promise<Item> {
    const item = await this.findItem(requireTenant(context));
    if (!item) throw notFound('subscription');
    return item;
  }

  /** The newest of a tenant's subscriptions, over or not; null when it never had one. */
  async findItem(tenantCode: string): Promise<Item | null> {
    const query = { sk: { beginsWith: SUBSCRIPTION_PREFIX }, order: 'desc' as const, limit: 1 };
    const scope = tenantScope(tenantCode);
    const { items } = await this.dataService.listItemsByPk(tenantPk(tenantCode), query, { scope });
    return items[0] ?? null;
  }
}
