import { type Change, COMMON_TENANT_CODE, DataSyncHandler, type IDataSyncHandler } from '@landlord/kernel';
import { SETTING_TYPE } from '../settings/setting.item.js';
import { SUBSCRIPTION_TYPE } from '../subscriptions/subscription.item.js';
import { TENANT_TYPE, tenantView } from '../tenants/tenant.item.js';
import { levelOfItem, USAGE_TYPE } from '../usage/usage.level.js';
import { hasRisen } from './alert.js';
import { AlertService } from './alert.service.js';
import { THRESHOLDS_SETTING } from './thresholds.js';

/** More is used. */
@DataSyncHandler({ type: USAGE_TYPE })
export class UsageAlertHandler implements IDataSyncHandler {
  constructor(private readonly alertService: AlertService) {}

  async handleSync({ tenantCode, old, new: item }: Change): Promise<void> {
    const level = levelOfItem(item);
    const before = old ? levelOfItem(old) : new Map();
    if (!hasRisen(level, before)) return;
    await this.alertService.look(tenantCode, item, { period: item.code, level, before });
  }
}

/** Another plan, and so other limits. */
@DataSyncHandler({ type: SUBSCRIPTION_TYPE })
export class PlanAlertHandler implements IDataSyncHandler {
  constructor(private readonly alertService: AlertService) {}

  async handleSync({ tenantCode, new: item }: Change): Promise<void> {
    await this.alertService.look(tenantCode, item);
  }
}

/** Other caps. */
@DataSyncHandler({ type: TENANT_TYPE })
export class CapAlertHandler implements IDataSyncHandler {
  constructor(private readonly alertService: AlertService) {}

  async handleSync({ tenantCode, new: item }: Change): Promise<void> {
    if (Object.keys(tenantView(item).caps).length > 0) await this.alertService.look(tenantCode, item);
  }
}

/** Other thresholds. What the vendor says for all holds for each tenant from the next change of its use on. */
@DataSyncHandler({ type: SETTING_TYPE })
export class ThresholdAlertHandler implements IDataSyncHandler {
  constructor(private readonly alertService: AlertService) {}

  async handleSync({ tenantCode, new: item }: Change): Promise<void> {
    if (item.code !== THRESHOLDS_SETTING || tenantCode === COMMON_TENANT_CODE) return;
    await this.alertService.look(tenantCode, item);
  }
}
