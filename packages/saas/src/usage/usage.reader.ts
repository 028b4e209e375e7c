import {
  CLOCK,
  type Clock,
  calendarMonthOf,
  DataService,
  type InvokeContext,
  type Item,
  type Month,
  notFound,
  requireTenant,
  SYSTEM_SCOPE,
  tenantPk,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { meterOf } from './meter.js';
import { type QuotaCheckResult } from './quota.js';
import { levelIn, usageSk, viewOf } from './usage.item.js';
import { type Level, USAGE_PREFIX } from './usage.level.js';
import { quotasOf } from './usage.quota.js';
import { type QuotasView, type UsageView } from './usage.schema.js';
import { type UsageSubject, UsageSubjects } from './usage.subject.js';

/** What tenants have used, and how that stands against their limits. */
@Injectable()
export class UsageReader {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly dataService: DataService,
    private readonly subjects: UsageSubjects,
  ) {}

  /** The month that it is now, in the tenant's time zone. */
  async getCurrent(context: InvokeContext): Promise<UsageView> {
    const subject = await this.subjects.of(requireTenant(context));
    return this.usageIn(subject, this.monthOf(subject));
  }

  async getPeriod(context: InvokeContext, period: Month): Promise<UsageView> {
    return this.usageIn(await this.subjects.of(requireTenant(context)), period);
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
