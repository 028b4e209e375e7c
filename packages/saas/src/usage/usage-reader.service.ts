import {
  CLOCK,
  type Clock,
  calendarMonthOf,
  DataService,
  type InvokeContext,
  type Item,
  type Month,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantPk,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { TenantDirectoryService } from '../tenants/tenant-directory.service.js';
import { meterOf } from './meter.js';
import { type QuotaCheckResult } from './quota.js';
import { childView, levelIn, usageSk, viewOf } from './usage.item.js';
import { type Level, USAGE_PREFIX } from './usage.level.js';
import { quotasOf } from './usage.quota.js';
import { type ChildUsageView, type QuotasView, type UsageView } from './usage.schema.js';
import { type UsageSubject, UsageSubjectService } from './usage-subject.service.js';

const KEYS_LIMIT = 100;

/** What tenants have used, and how that stands against their limits. */
@Injectable()
export class UsageReaderService {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly dataService: DataService,
    private readonly subjects: UsageSubjectService,
    private readonly directory: TenantDirectoryService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** The month that it is now, in the tenant's time zone. */
  async getCurrent(context: InvokeContext): Promise<UsageView> {
    const subject = await this.subjects.of(requireTenant(context));
    return this.usageIn(subject, this.monthOf(subject));
  }

  async getPeriod(context: InvokeContext, period: Month): Promise<UsageView> {
    return this.usageIn(await this.subjects.of(requireTenant(context)), period);
  }

  /** The levels of a month as they stand, or as it ended. */
  async levelOf(tenantCode: string, period: Month): Promise<Level> {
    return levelIn(await this.latestUpTo(tenantCode, period), period);
  }

  /** Every meter against the tightest of its limits, this month. */
  async getQuotas(context: InvokeContext): Promise<QuotasView> {
    const subject = await this.subjects.of(requireTenant(context));
    const period = this.monthOf(subject);
    return { period, items: await this.quotasIn(subject, period), nextCursor: null };
  }

  /** One meter of `getQuotas`. Throws `not_found` for a metric there is not. */
  async getQuota(context: InvokeContext, metric: string): Promise<QuotaCheckResult> {
    if (!meterOf(metric)) throw notFound('metric');
    const { items } = await this.getQuotas(context);
    const quota = items.find((each) => each.metric === metric);
    if (!quota) throw notFound('current subscription');
    return quota;
  }

  /**
   * What each tenant directly below used on this one's subscription in a month, with all that is below it:
   * the lines of a pooled bill. Together they are the month's `pooled`.
   */
  async listChildren(
    context: InvokeContext,
    { period, ...page }: PageRequest & { period?: Month | undefined },
  ): Promise<Page<ChildUsageView>> {
    const subject = await this.subjects.of(requireTenant(context));
    const month = period ?? this.monthOf(subject);
    const { items, nextCursor } = await this.directory.listDependants(subject.tenantCode, page);
    const levels = await this.levelsIn(
      items.map(({ code }) => code),
      month,
    );
    return {
      items: items.map(({ code, name }, index) => childView({ code, name, month }, levels[index])),
      nextCursor,
    };
  }

  /** Most have an item of the month; the others are looked up one by one. */
  private async levelsIn(tenantCodes: readonly string[], period: Month): Promise<Level[]> {
    const keys = tenantCodes.map((code) => ({ pk: tenantPk(code), sk: usageSk(period) }));
    const found: (Item | null)[] = [];
    for (let from = 0; from < keys.length; from += KEYS_LIMIT)
      found.push(...(await this.store.getMany(SYSTEM_SCOPE, keys.slice(from, from + KEYS_LIMIT))));
    const levels: Level[] = [];
    for (const [index, code] of tenantCodes.entries())
      levels.push(levelIn(found[index] ?? (await this.latestUpTo(code, period)), period));
    return levels;
  }

  private monthOf({ timezone }: UsageSubject): Month {
    return calendarMonthOf(this.clock.now(), timezone);
  }

  private async usageIn(subject: UsageSubject, period: Month): Promise<UsageView> {
    const [latest, quotas] = await Promise.all([
      this.latestUpTo(subject.tenantCode, period),
      this.quotasIn(subject, period),
    ]);
    const lastUpdatedAt = latest?.code === period ? latest.updatedAt : null;
    return viewOf({ period, level: levelIn(latest, period), lastUpdatedAt, quotas });
  }

  private async quotasIn(subject: UsageSubject, period: Month): Promise<QuotaCheckResult[]> {
    const { tenantCode, pooledWith, limits } = subject;
    if (limits === null) return [];
    const levels = new Map<string, Level>();
    for (const code of [tenantCode, ...pooledWith]) {
      levels.set(code, levelIn(await this.latestUpTo(code, period), period));
    }
    return quotasOf(tenantCode, levels, limits);
  }

  private async latestUpTo(tenantCode: string, period: Month): Promise<Item | null> {
    const sk = { between: [USAGE_PREFIX, usageSk(period)] as const };
    const query = { sk, order: 'desc' as const, limit: 1 };
    const page = await this.dataService.listItemsByPk(tenantPk(tenantCode), query, { scope: SYSTEM_SCOPE });
    return page.items[0] ?? null;
  }
}
