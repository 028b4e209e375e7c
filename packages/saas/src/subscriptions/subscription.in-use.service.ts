import {
  calendarMonthOf,
  type Instant,
  type Item,
  type ItemKey,
  notFound,
  Quantity,
  STORE,
  type Store,
  tenantPk,
  tenantScope,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { catalogueCheck, MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { levelIn, usageSk } from '../usage/usage.item.js';
import { USAGE_PREFIX } from '../usage/usage.level.js';
import { totalOf } from '../usage/usage.months.js';
import { rosterKey } from '../users/roster.item.js';
import { USERS_METRIC } from '../users/user-limit.js';

export type Check = ItemKey & { readonly version: number };

/** What a tenant uses, with that of the tenants that live on its subscription. */
export interface InUse {
  readonly byMetric: ReadonlyMap<string, Quantity>;
  /** What it was read from: as long as these are unchanged it is exact. */
  readonly checks: readonly Check[];
}

@Injectable()
export class SubscriptionInUse {
  constructor(
    @Inject(STORE) private readonly store: Store,
    private readonly catalogue: MeterCatalogueService,
  ) {}

  async tenant(tenantCode: string): Promise<TenantView> {
    const item = await this.store.get(tenantScope(tenantCode), tenantKey(tenantCode));
    if (!item) throw notFound('tenant');
    return tenantView(item);
  }

  /** Used and held, of every meter that counts: this month's sums, too. Users are counted from the roster, which takes part in every change of them. */
  async of(tenantCode: string, now: Instant): Promise<InUse> {
    const { timezone } = await this.tenant(tenantCode);
    const period = calendarMonthOf(now, timezone);
    const month = { pk: tenantPk(tenantCode), sk: usageSk(period) };
    const meters = await this.catalogue.current();
    const [latest, roster] = await Promise.all([
      this.latestUpTo(tenantCode, month.sk),
      this.store.get(tenantScope(tenantCode), rosterKey(tenantCode)),
    ]);
    const level = levelIn(latest, period, meters.carried);
    const byMetric = new Map(meters.active.map(({ metric }) => [metric, totalOf({ level }, metric)]));
    const seats = roster?.attributes.seats;
    if (typeof seats === 'number' || typeof seats === 'string')
      byMetric.set(USERS_METRIC, Quantity.of(seats));
    const checks = [
      metering(tenantCode),
      checkOf(rosterKey(tenantCode), roster),
      checkOf(month, latest?.sk === month.sk ? latest : null),
      catalogueCheck(meters),
    ];
    if (latest && latest.sk !== month.sk) checks.push(checkOf(latest, latest));
    return { byMetric, checks };
  }

  private async latestUpTo(tenantCode: string, sk: string): Promise<Item | null> {
    const page = await this.store.query(tenantScope(tenantCode), {
      pk: tenantPk(tenantCode),
      sk: { between: [USAGE_PREFIX, sk] },
      order: 'desc',
      limit: 1,
    });
    return page.items[0] ?? null;
  }
}

/**
 * Nothing is ever kept under the prefix itself, but metering holds its name from looking to writing. So a unit that
 * checks it and metering take turns: neither rests on what the other is about to change.
 */
function metering(tenantCode: string): Check {
  return { pk: tenantPk(tenantCode), sk: USAGE_PREFIX, version: VERSION_FIRST };
}

function checkOf({ pk, sk }: ItemKey, item: Item | null): Check {
  return { pk, sk, version: item?.version ?? VERSION_FIRST };
}
