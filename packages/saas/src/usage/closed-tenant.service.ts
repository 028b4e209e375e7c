import { type Change, DataSyncHandler, type IDataSyncHandler, systemContext } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { ReservationExpiry } from '../reservations/reservation.expiry.service.js';
import { TENANT_TYPE, tenantView } from '../tenants/tenant.item.js';
import { UsageService } from './usage.service.js';

/**
 * A tenant that is closed uses nothing any more: its levels go to 0, what it held is free, and with them its part of the
 * pool it lived on. The events follow from the tenant, so that a change told twice counts once.
 */
@DataSyncHandler({ type: TENANT_TYPE })
export class ClosedTenantHandler implements IDataSyncHandler {
  constructor(
    private readonly usageService: UsageService,
    private readonly expiry: ReservationExpiry,
    private readonly catalogue: MeterCatalogueService,
  ) {}

  async handleSync({ tenantCode, old, new: item }: Change): Promise<void> {
    const isClosing = tenantView(item).status === 'closed' && old && tenantView(old).status !== 'closed';
    if (!isClosing) return;
    await this.expiry.releaseAll(tenantCode);
    const { active } = await this.catalogue.current();
    const levels = active.filter(({ kind }) => kind === 'gauge' || kind === 'latest');
    const events = levels.map(({ metric }) => ({
      id: `landlord:closed:${metric}`,
      metric,
      set: Quantity.zero,
    }));
    await this.usageService.setOwn(systemContext(tenantCode, item), events);
  }
}
