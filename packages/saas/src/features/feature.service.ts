import { type InvokeContext, notFound, type Page, type PageRequest, requireTenant } from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { nameCursor, nameFromCursor } from '../http/name-cursor.js';
import { PlanService } from '../plans/plan.service.js';
import { FEATURE_PREFIX } from '../settings/feature-switch.js';
import { type Setting } from '../settings/setting.js';
import { type SettingPlace, SettingReader } from '../settings/setting.reader.service.js';
import { type NamedSettings } from '../settings/setting.resolution.js';
import { subscriptionView } from '../subscriptions/subscription.item.js';
import { isLive } from '../subscriptions/subscription.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { TenantChainService } from '../tenants/tenant-chain.service.js';
import { type FeatureBase } from './feature.js';
import { nextNames } from './feature.names.js';
import { decideFeature, planFeature } from './feature.resolution.js';
import { type FeatureView } from './feature.schema.js';

const LIST = 'features';

export interface ReadFeatureOptions {
  readonly explain?: boolean;
}

/** Which features the caller has: what the plan gives, with the settings `feature.<name>` on top. */
@Injectable()
export class FeatureService {
  constructor(
    private readonly chain: TenantChainService,
    private readonly reader: SettingReader,
    private readonly subscriptionService: SubscriptionService,
    private readonly planService: PlanService,
  ) {}

  /** A feature that nobody knows is off. */
  async isEnabled(name: string, context: InvokeContext): Promise<boolean> {
    return (await this.get(name, context)).enabled;
  }

  async get(
    name: string,
    context: InvokeContext,
    { explain = false }: ReadFeatureOptions = {},
  ): Promise<FeatureView> {
    const { place, tenant } = await this.placeOf(context);
    const [base, found] = await Promise.all([
      this.baseOf(tenant),
      this.reader.find(place, `${FEATURE_PREFIX}${name}`),
    ]);
    return featureView({ name, base, settings: saidOf(found), explain });
  }

  /** Those of the plan and those that a setting names, by name. */
  async list(
    { limit, cursor }: PageRequest,
    context: InvokeContext,
    { explain = false }: ReadFeatureOptions = {},
  ): Promise<Page<FeatureView>> {
    const after = nameFromCursor(LIST, cursor);
    const { place, tenant } = await this.placeOf(context);
    const [base, page] = await Promise.all([
      this.baseOf(tenant),
      this.reader.page(place, { prefix: FEATURE_PREFIX, after: after && `${FEATURE_PREFIX}${after}`, limit }),
    ]);
    const switches = new Map(page.items.map((found) => [featureOf(found), saidOf(found)]));
    const { names, hasMore } = nextNames({
      planned: base.kind === 'current' ? base.features.map(({ name }) => name) : [],
      switched: [...switches.keys()],
      hasMoreSwitched: page.hasMore,
      after,
      limit,
    });
    const last = names.at(-1);
    return {
      items: names.map((name) => featureView({ name, base, settings: switches.get(name) ?? [], explain })),
      nextCursor: hasMore && last !== undefined ? nameCursor(LIST, last) : null,
    };
  }

  private async placeOf(context: InvokeContext): Promise<{ place: SettingPlace; tenant: TenantView }> {
    requireTenant(context);
    const place = await this.reader.placeOf(context);
    if (!place.tenant) throw notFound('tenant');
    return { place, tenant: place.tenant };
  }

  private async baseOf(tenant: TenantView): Promise<FeatureBase> {
    const above = await this.chain.findAbove(tenant);
    const payer = above && (above.at(-1) ?? tenant);
    const item = payer && (await this.subscriptionService.findItem(payer.code));
    if (!item) return { kind: 'no_subscription' };
    const subscription = subscriptionView(item);
    if (!isLive(subscription)) return { kind: 'subscription_ended' };
    if (subscription.pause) return { kind: 'subscription_paused' };
    const { features } = await this.planService.getVersion(subscription.planCode, subscription.planVersion);
    return { kind: 'current', tenantCode: payer.code, features };
  }
}

interface FeatureViewInput {
  readonly name: string;
  readonly base: FeatureBase;
  readonly settings: readonly Setting[];
  readonly explain: boolean;
}

function featureView({ name, base, settings, explain }: FeatureViewInput): FeatureView {
  const feature = decideFeature({ name, base, settings });
  return explain ? { ...feature, explain: explanation({ name, base, settings }) } : feature;
}

function explanation({ name, base, settings }: Omit<FeatureViewInput, 'explain'>) {
  const planned = base.kind === 'current' ? planFeature(base.features, name) : null;
  const plan =
    base.kind === 'current' && planned
      ? {
          tenantCode: base.tenantCode,
          enabled: planned.enabled,
          ...(planned.value === undefined ? {} : { value: planned.value }),
        }
      : null;
  return {
    plan,
    settings: settings.map(({ owner: { level, source }, version, value, byOperator }) => ({
      level,
      source,
      version,
      value,
      byOperator,
    })),
  };
}

function saidOf(found: NamedSettings | null): readonly Setting[] {
  return found ? [found.nearest, ...found.shadowed] : [];
}

function featureOf({ name }: NamedSettings): string {
  return name.slice(FEATURE_PREFIX.length);
}
