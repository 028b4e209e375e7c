import {
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  notFound,
  requireTenant,
  tenantPk,
  untilUncontended,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { SUBSCRIPTION_PREFIX, subscriptionView } from './subscription.item.js';
import { type SubscriptionView } from './subscription.schema.js';

@Injectable()
export class SubscriptionService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
  ) {}

  /** The tenant's subscription; `not_found` when it never had one. */
  async getCurrent(context: InvokeContext): Promise<SubscriptionView> {
    return subscriptionView(await this.currentItem(context));
  }

  /** Null where `getCurrent` would throw. */
  async findCurrent(context: InvokeContext): Promise<SubscriptionView | null> {
    const item = await this.findCurrentItem(context);
    return item && subscriptionView(item);
  }

  setAutoRenew(
    context: InvokeContext,
    { autoRenew, ifMatch }: { autoRenew: boolean; ifMatch: number | null },
  ): Promise<SubscriptionView> {
    return untilUncontended(ifMatch, async () => {
      const current = await this.currentItem(context);
      const { pk, sk, version } = current;
      const command = {
        kind: 'partial' as const,
        pk,
        sk,
        version: ifMatch ?? version,
        attributes: { autoRenew },
      };
      const respond = ([changed = null]: readonly (Item | null)[]) => subscriptionView(changed ?? current);
      return this.commandService.commit({ commands: [command], respond }, { invokeContext: context });
    });
  }

  private async currentItem(context: InvokeContext): Promise<Item> {
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
