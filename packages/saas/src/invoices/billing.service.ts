import {
  DataService,
  type InvokeContext,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  tenantPk,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import { subscriptionFromItem } from '../subscriptions/subscription.item.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { BILLING_EVENT_PREFIX, billingEventView } from './billing-event.item.js';
import { type BillingEventView } from './billing-event.schema.js';
import { creditBalanceOf, creditKey } from './credit.item.js';

/** What billing did, and what stands in the customer's favour. */
@Injectable()
export class BillingService {
  constructor(
    private readonly dataService: DataService,
    private readonly subscriptions: SubscriptionService,
    private readonly plans: PlanService,
  ) {}

  /** Newest first. */
  async listEvents(context: InvokeContext, page: PageRequest): Promise<Page<BillingEventView>> {
    const { items, nextCursor } = await this.dataService.listItemsByPk(
      tenantPk(requireTenant(context)),
      { ...page, sk: { beginsWith: BILLING_EVENT_PREFIX }, order: 'desc' },
      { invokeContext: context },
    );
    return { items: items.map(billingEventView), nextCursor };
  }

  /** In the currency of the newest subscription, unless another is named. */
  async balance(context: InvokeContext, named: string | undefined) {
    const tenantCode = requireTenant(context);
    const currency = named ?? (await this.currencyOf(tenantCode));
    const item = await this.dataService.getItem(creditKey(tenantCode, currency), { invokeContext: context });
    return { currency, balance: creditBalanceOf(item) };
  }

  private async currencyOf(tenantCode: string): Promise<string> {
    const item = await this.subscriptions.findItem(tenantCode);
    if (!item) throw notFound('subscription');
    const { currency, planCode, planVersion } = subscriptionFromItem(item);
    return currency ?? (await this.plans.getVersion(planCode, planVersion)).currency;
  }
}
