import { type Change, DataSyncHandler, type IDataSyncHandler, systemContext } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { TENANT_TYPE, tenantView } from '../tenants/tenant.item.js';
import { BUILT_IN_METERS } from './meter.js';
import { UsageService } from './usage.service.js';

/**
 * A tenant that is closed uses nothing any more: its gauges go to 0, and with them its part of the pool it lived on.
 * The events follow from the tenant, so that a change told twice counts once.
 */
@DataSyncHandler({ type: TENANT_TYPE })
export class ClosedTenantHandler implements IDataSyncHandler {
  constructor(private readonly usageService: UsageService) {}

  async handleSync({ tenantCode, old, new: item }: Change): Promise<void> {
    const isClosing = tenantView(item).status === 'closed' && old && tenantView(old).status !== 'closed';
    if (!isClosing) return;
    const gauges = BUILT_IN_METERS.filter(({ kind }) => kind === 'gauge');
    const events = gauges.map(({ metric }) => ({
      id: `landlord:closed:${metric}`,
      metric,
      set: Quantity.zero,
    }));
    await this.usageService.recordOwn(systemContext(tenantCode, item), events);
  }
}
