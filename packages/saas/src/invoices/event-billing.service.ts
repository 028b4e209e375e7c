import { type Change, DataSyncHandler, type IDataSyncHandler, LandlordError } from '@landlord/kernel';
import { SUBSCRIPTION_EVENT_TYPE, subscriptionEventView } from '../subscriptions/subscription.event.item.js';
import { InvoicingService } from './invoicing.service.js';

/** Bills what a subscription's event brings, after all that came before it. */
@DataSyncHandler({ type: SUBSCRIPTION_EVENT_TYPE })
export class BillingEventHandler implements IDataSyncHandler {
  constructor(private readonly invoicing: InvoicingService) {}

  async handleSync({ tenantCode, old, new: item }: Change): Promise<void> {
    if (old) return;
    const { subscriptionCode: code, subscriptionVersion: version } = subscriptionEventView(item);
    await this.invoicing.bill({ tenantCode, code, version }).catch((error: unknown) => {
      if (!isErased(error)) throw error;
    });
  }
}

/** To an erased tenant nothing can be written any more. */
function isErased(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'invalid_transition';
}
