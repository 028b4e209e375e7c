import {
  type Change,
  DataService,
  DataSyncHandler,
  type IDataSyncHandler,
  type InvokeContext,
  LandlordError,
  Quantity,
  systemContext,
  tenantScope,
} from '@landlord/kernel';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { UsageService } from '../usage/usage.service.js';
import { memberFromItem, USER_TYPE } from './member.item.js';
import { activeUsersDelta } from './member.js';
import { rosterKey } from './roster.item.js';
import { USERS_METRIC } from './user-limit.js';

/** Moves the gauge `activeUsers` with the members. A change told twice is one event: its id follows from the version. */
@DataSyncHandler({ type: USER_TYPE })
export class ActiveUsersHandler implements IDataSyncHandler {
  constructor(
    private readonly usageService: UsageService,
    private readonly dataService: DataService,
  ) {}

  async handleSync({ tenantCode, version, old, new: item }: Change): Promise<void> {
    const delta = activeUsersDelta(old && memberFromItem(old), memberFromItem(item));
    if (delta === 0 || (await this.isClosed(tenantCode))) return;
    const event = {
      id: `landlord:member:${item.code}:${version}`,
      metric: USERS_METRIC,
      quantity: Quantity.of(delta),
      timestamp: item.updatedAt,
    };
    const context = systemContext(tenantCode, item);
    await this.usageService.recordOwn(context, [event]).catch(async (error: unknown) => {
      if (isGone(error)) return;
      if (!isRefused(error)) throw error;
      await this.recount(context, event.id);
    });
  }

  /** Events from outside have moved the gauge to where it cannot follow: it is set to what the roster counts. */
  private async recount(context: InvokeContext, id: string): Promise<void> {
    const tenantCode = context.user.tenantCode ?? '';
    const roster = await this.dataService.getItem(rosterKey(tenantCode), { scope: tenantScope(tenantCode) });
    const set = Quantity.of(Number(roster?.attributes.active ?? 0));
    await this.usageService.recordOwn(context, [{ id: `${id}:recount`, metric: USERS_METRIC, set }]);
  }

  /** Its gauges are 0 for good, whatever becomes of its members. */
  private async isClosed(tenantCode: string): Promise<boolean> {
    const tenant = await this.dataService.getItem(tenantKey(tenantCode), { scope: tenantScope(tenantCode) });
    return tenant !== null && ['closed', 'erased'].includes(tenantView(tenant).status);
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'validation_failed';
}

/** There is no use to measure of a tenant that is no more. */
function isGone(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'not_found';
}
