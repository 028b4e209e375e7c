import {
  CLOCK,
  type Clock,
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import {
  createSubscriptionCommand,
  FIRST_SUBSCRIPTION_CODE,
  subscriptionView,
} from '../subscriptions/subscription.item.js';
import { beginSubscription } from '../subscriptions/subscription.js';
import { createUsageCommand, usageView } from '../usage/usage.item.js';
import { quotasOf } from '../usage/usage.quota.js';
import { createAdminCommand } from '../users/member.item.js';
import { FIRST_ADMIN_ID } from '../users/member.js';
import { createRosterCommand } from '../users/roster.item.js';
import { createTenantCommand, TENANT_TYPE, tenantKey, tenantView } from './tenant.item.js';
import { ROOT_PLACE } from './tenant.js';
import { type ProvisionInput, type ProvisionView, type TenantView } from './tenant.schema.js';

@Injectable()
export class TenantService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly planService: PlanService,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Tenant, subscription, usage and first admin in one transaction. `already_exists` when the slug is taken. */
  async provision(context: InvokeContext, input: ProvisionInput): Promise<ProvisionView> {
    const plan = await this.planService.chosen(input.planCode, 'planCode');
    const tenantCode = input.companySlug;
    const { timezone } = input;
    const now = this.clock.now();
    const subscription = beginSubscription({
      code: FIRST_SUBSCRIPTION_CODE,
      plan,
      billingCycle: 'monthly',
      timezone,
      now,
    });
    const { industry = null, country = null, adminEmail = null } = input;
    const commands = [
      createTenantCommand({
        code: tenantCode,
        name: input.companyName,
        status: 'active',
        industry,
        country,
        timezone,
        ...ROOT_PLACE,
      }),
      createSubscriptionCommand(tenantCode, subscription),
      createUsageCommand({ tenantCode, timezone, now, activeUsers: 1 }),
      createAdminCommand(tenantCode, { id: FIRST_ADMIN_ID, email: adminEmail }),
      createRosterCommand(tenantCode, { active: 1, admins: 1 }),
    ];
    const respond = (items: readonly (Item | null)[]) => provisionView(items, plan.limits);
    try {
      return await this.commandService.commit({ commands, respond }, { invokeContext: context });
    } catch (error) {
      throw error instanceof LandlordError && error.code === 'version_conflict'
        ? alreadyExists(tenantCode)
        : error;
    }
  }

  /** Any tenant for an operator; otherwise only the caller's own, all others are not there. */
  async get(context: InvokeContext, tenantCode: string): Promise<TenantView> {
    const item = await this.dataService.getItem(tenantKey(tenantCode), { invokeContext: context });
    if (!item) throw notFound('tenant');
    return tenantView(item);
  }

  async list(page: PageRequest): Promise<Page<TenantView>> {
    const { items, nextCursor } = await this.store.itemsByType(SYSTEM_SCOPE, { ...page, type: TENANT_TYPE });
    return { items: items.map(tenantView), nextCursor };
  }
}

function provisionView(
  [tenant, subscription, usage]: readonly (Item | null)[],
  limits: Parameters<typeof quotasOf>[1],
): ProvisionView {
  if (!tenant || !subscription || !usage) throw new Error('provisioning creates every item');
  return {
    tenant: tenantView(tenant),
    subscription: subscriptionView(subscription),
    usage: usageView(usage, limits),
  };
}

function alreadyExists(tenantCode: string): LandlordError {
  return new LandlordError(
    'already_exists',
    `a tenant "${tenantCode}" already exists; choose another companySlug`,
  );
}
