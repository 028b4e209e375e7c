import {
  DataService,
  type Item,
  type ItemKey,
  LandlordError,
  type MeterLimit,
  notFound,
  SYSTEM_SCOPE,
  type TimeZone,
  tenantPk,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import { SUBSCRIPTION_PREFIX, subscriptionView } from '../subscriptions/subscription.item.js';
import { isLive } from '../subscriptions/subscription.js';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { type CappedTenant, limitsOf } from './usage.limits.js';

type Check = ItemKey & { readonly version: number };

/** Whose usage it is, where that stands in the tree, and which limits hold. */
export interface UsageSubject {
  readonly tenantCode: string;
  readonly timezone: TimeZone;
  /** From the parent up to the subscriber; empty for a tenant with a subscription of its own. */
  readonly pooledWith: readonly string[];
  /** Null without a current subscription. */
  readonly limits: readonly MeterLimit[] | null;
  /** What all this was read from: it holds as long as these are unchanged. */
  readonly checks: readonly Check[];
  /** The first of the tenants, from the subject up, that is not active. */
  readonly inactive: Pick<TenantView, 'code' | 'status'> | null;
}

@Injectable()
export class UsageSubjectService {
  constructor(
    private readonly dataService: DataService,
    private readonly planService: PlanService,
  ) {}

  /** Throws `not_found` for a tenant that is not there. The caller has shown that it may act for it. */
  async of(tenantCode: string): Promise<UsageSubject> {
    const chain = await this.chainOf(tenantCode);
    const [self, ...above] = chain;
    if (!self) throw notFound('tenant');
    const subscription = await this.subscriptionOf(chain.at(-1)?.code ?? tenantCode);
    const { timezone } = self;
    const checks = [...chain.map(({ code, version }) => ({ ...tenantKey(code), version }))];
    if (subscription) checks.push({ ...keyOf(subscription), version: subscription.version });
    return {
      tenantCode,
      timezone,
      pooledWith: above.filter(({ status }) => status !== 'erased').map(({ code }) => code),
      limits: await this.limitsOf(chain, subscription),
      checks,
      inactive: chain.find(({ status }) => status !== 'active') ?? null,
    };
  }

  /** The tenant, and above it those up to the one whose subscription it uses. */
  private async chainOf(tenantCode: string): Promise<TenantView[]> {
    const self = await this.tenant(tenantCode);
    if (self.billing === 'own') return [self];
    const above: TenantView[] = [];
    for (const code of self.ancestors.toReversed()) {
      const tenant = await this.tenant(code);
      above.push(tenant);
      if (tenant.billing === 'own') return [self, ...above];
    }
    throw new Error(`${tenantCode} lives on a subscription that nobody above it has`);
  }

  private async tenant(tenantCode: string): Promise<TenantView> {
    const item = await this.dataService.getItem(tenantKey(tenantCode), { scope: SYSTEM_SCOPE });
    if (!item) throw notFound('tenant');
    return tenantView(item);
  }

  private async subscriptionOf(tenantCode: string): Promise<Item | null> {
    const query = { sk: { beginsWith: SUBSCRIPTION_PREFIX }, order: 'desc' as const, limit: 1 };
    const page = await this.dataService.listItemsByPk(tenantPk(tenantCode), query, { scope: SYSTEM_SCOPE });
    return page.items[0] ?? null;
  }

  private async limitsOf(
    chain: readonly TenantView[],
    item: Item | null,
  ): Promise<readonly MeterLimit[] | null> {
    const subscription = item && subscriptionView(item);
    if (!subscription || !isLive(subscription)) return null;
    const plan = await this.planService.getVersion(subscription.planCode, subscription.planVersion);
    const capped: readonly CappedTenant[] = chain.slice(0, -1);
    return limitsOf(chain.at(-1)?.code ?? '', plan, capped);
  }
}

/** Throws `forbidden` for a tenant that may not use anything now. */
export function requireActive({ inactive }: UsageSubject): void {
  if (inactive) throw new LandlordError('forbidden', `the tenant ${inactive.code} is ${inactive.status}`);
}

function keyOf({ pk, sk }: ItemKey): ItemKey {
  return { pk, sk };
}
