import {
  type InvokeContext,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  STORE,
  type Store,
  tenantScope,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import { FEATURE_PREFIX } from '../settings/feature-switch.js';
import { nameCursor, nameFromCursor } from '../settings/name-cursor.js';
import { type Setting } from '../settings/setting.js';
import { type SettingPlace, SettingReader } from '../settings/setting.reader.service.js';
import { type NamedSettings } from '../settings/setting.resolution.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { type FeatureBase } from './feature.js';
import { nextNames } from './feature.names.js';
import { payerOf } from './feature.payer.js';
import { decideFeature, planFeature } from './feature.resolution.js';
import { type FeatureView } from './feature.schema.js';

const LIST = 'features';
const ENDED: readonly string[] = ['cancelled', 'expired'];

export interface ReadFeatureOptions {
  readonly explain?: boolean;
}

/** Which features the caller has: what the plan gives, with the settings `feature.<name>` on top. */
@Injectable()
export class FeatureService {
  constructor(
    @Inject(STORE) private readonly store: Store,
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
      this.baseOf(context, tenant),
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
      this.baseOf(context, tenant),
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

  private async baseOf(context: InvokeContext, tenant: TenantView): Promise<FeatureBase> {
    const payer = payerOf(tenant, await this.ancestorsOf(tenant));
    if (!payer) return { kind: 'no_subscription' };
    const subscription = await this.subscriptionService.findCurrent(actingFor(payer.code, context));
    if (!subscription) return { kind: 'no_subscription' };
    if (ENDED.includes(subscription.status)) return { kind: 'subscription_ended' };
    const { features } = await this.planService.getVersion(subscription.planCode, subscription.planVersion);
    return { kind: 'current', tenantCode: payer.code, features };
  }

  /** Read only where one of them pays, each as itself. */
  private async ancestorsOf({ billing, ancestors }: TenantView): Promise<TenantView[]> {
    if (billing === 'own') return [];
    const items = await Promise.all(
      ancestors.map((code) => this.store.get(tenantScope(code), tenantKey(code))),
    );
    return items.flatMap((item) => (item && !item.isDeleted ? tenantView(item) : []));
  }
}

/** For reading the subscription of the ancestor that pays, which a tenant names through its own item only. */
function actingFor(tenantCode: string, context: InvokeContext): InvokeContext {
  return { ...context, user: { ...context.user, tenantCode } };
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
