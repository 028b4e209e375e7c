import { type Item, type ItemKey, LandlordError, type MeterLimit, type TimeZone } from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import { subscriptionView } from '../subscriptions/subscription.item.js';
import { isLive } from '../subscriptions/subscription.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { tenantKey } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { TenantChainService } from '../tenants/tenant-chain.service.js';
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
  /** Whether the subscription is paused. */
  readonly isPaused: boolean;
  /** What all this was read from: it holds as long as these are unchanged. */
  readonly checks: readonly Check[];
  /** The first of the tenants, from the subject up, that is not active. */
  readonly inactive: Pick<TenantView, 'code' | 'status'> | null;
}

const SUBJECTS_KEPT = 10_000;

@Injectable()
export class UsageSubjectService {
  private readonly kept = new Map<string, UsageSubject>();

  constructor(
    private readonly chain: TenantChainService,
    private readonly subscriptionService: SubscriptionService,
    private readonly planService: PlanService,
  ) {}

  /**
   * As it was when it was last read, for what is checked against `checks` anyway: where it rests on something that has
   * changed, the answer is to read it. Only of those who may use something; nobody is refused from memory.
   */
  async known(tenantCode: string): Promise<UsageSubject> {
    return this.kept.get(tenantCode) ?? this.of(tenantCode);
  }

  /** Throws `not_found` for a tenant that is not there. The caller has shown that it may act for it. */
  async of(tenantCode: string): Promise<UsageSubject> {
    const subject = await this.read(tenantCode);
    this.kept.delete(tenantCode);
    if (subject.inactive || !subject.limits || subject.isPaused) return subject;
    const [oldest] = this.kept.size >= SUBJECTS_KEPT ? this.kept.keys() : [];
    if (oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(tenantCode, subject);
    return subject;
  }

  private async read(tenantCode: string): Promise<UsageSubject> {
    const chain = await this.chain.of(tenantCode);
    const [self, ...above] = chain;
    const subscription = await this.subscriptionService.findItem((above.at(-1) ?? self).code);
    const { timezone } = self;
    const checks = [...chain.map(({ code, version }) => ({ ...tenantKey(code), version }))];
    if (subscription) checks.push({ ...keyOf(subscription), version: subscription.version });
    return {
      tenantCode,
      timezone,
      pooledWith: above.filter(({ status }) => status !== 'erased').map(({ code }) => code),
      limits: await this.limitsOf(chain, subscription),
      isPaused: subscription !== null && subscriptionView(subscription).pause !== null,
      checks,
      inactive: chain.find(({ status }) => status !== 'active') ?? null,
    };
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

/** The limits to hold; throws `forbidden` for a tenant that may not use anything now, with the reason for it. */
export function requireUsable(subject: UsageSubject): readonly MeterLimit[] {
  requireActive(subject);
  if (subject.isPaused) throw unusable('the subscription is paused', 'subscription_paused');
  if (subject.limits) return subject.limits;
  throw unusable('the tenant has no current subscription', 'no_subscription');
}

function unusable(message: string, reason: string): LandlordError {
  return new LandlordError('forbidden', `${message}, so nothing can be consumed`, { facts: { reason } });
}

function keyOf({ pk, sk }: ItemKey): ItemKey {
  return { pk, sk };
}
