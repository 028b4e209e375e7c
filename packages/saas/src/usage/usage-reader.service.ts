import {
  CLOCK,
  type Clock,
  calendarMonthOf,
  DataService,
  type InvokeContext,
  type Item,
  invalidInput,
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
import { month } from '../http/index.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { ReservationExpiry } from '../reservations/reservation.expiry.service.js';
import { TenantDirectoryService } from '../tenants/tenant-directory.service.js';
import { type QuotaCheckResult } from './quota.js';
import { childView, levelIn, usageSk, viewOf } from './usage.item.js';
import { type Level, USAGE_PREFIX } from './usage.level.js';
import { quotasOf } from './usage.quota.js';
import { type ChildUsageView, type QuotasView, type UsageView } from './usage.schema.js';
import { requireUsable, type UsageSubject, UsageSubjectService } from './usage-subject.service.js';

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
    private readonly catalogue: MeterCatalogueService,
    private readonly expiry: ReservationExpiry,
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
    const [latest, meters] = await Promise.all([
      this.latestUpTo(tenantCode, period),
      this.catalogue.current(),
    ]);
    return levelIn(latest, period, meters.carried);
  }

  /** Every meter against the tightest of its limits, this month. */
  async getQuotas(context: InvokeContext): Promise<QuotasView> {
    const subject = await this.subjects.of(requireTenant(context));
    const period = this.monthOf(subject);
    return { period, items: await this.quotasIn(subject, period), nextCursor: null };
  }

  /** One meter of `getQuotas`. Throws `not_found` for a metric there is not. */
  async getQuota(context: InvokeContext, metric: string): Promise<QuotaCheckResult> {
    if (!(await this.catalogue.current()).find(metric)) throw notFound('metric');
    const { items } = await this.getQuotas(context);
    const quota = items.find((each) => each.metric === metric);
    if (!quota) throw notFound('current subscription');
    return quota;
  }

  /**
   * One meter now, for somebody about to use it. Throws `forbidden` where nothing can be used: for want of a subscription,
   * while it is paused, or because a tenant up to the subscriber is not active. `onlyHard` leaves out limits that hold nobody up.
   */
  async check(
    metric: string,
    context: InvokeContext,
    { onlyHard = false }: { onlyHard?: boolean } = {},
  ): Promise<QuotaCheckResult> {
    if (!(await this.catalogue.current()).find(metric)) throw notFound('metric');
    const subject = await this.subjects.of(requireTenant(context));
    const limits = requireUsable(subject).filter(({ isEnforced }) => isEnforced || !onlyHard);
    const items = await this.quotasIn({ ...subject, limits }, this.monthOf(subject));
    const quota = items.find((each) => each.metric === metric);
    if (!quota) throw notFound('metric');
    return quota;
  }

  /** Nobody is checked: see `UsageService.getUsageSummary`. */
  async summaryOf(tenantCode: string, period?: string): Promise<UsageView> {
    const asked = period === undefined ? null : month.safeParse(period);
    if (asked && !asked.success) throw invalidInput('period', 'must be a month such as 2024-01');
    const subject = await this.subjects.of(tenantCode);
    return this.usageIn(subject, asked?.data ?? this.monthOf(subject));
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
    const meters = await this.catalogue.current();
    const levels = await this.levelsIn(
      items.map(({ code }) => code),
      { period: month, carried: meters.carried },
    );
    return {
      items: items.map(({ code, name }, index) =>
        childView({ code, name, month }, { level: levels[index], meters }),
      ),
      nextCursor,
    };
  }

  /** Most have an item of the month; the others are looked up one by one. */
  private async levelsIn(
    tenantCodes: readonly string[],
    { period, carried }: { period: Month; carried: ReadonlySet<string> },
  ): Promise<Level[]> {
    const keys = tenantCodes.map((code) => ({ pk: tenantPk(code), sk: usageSk(period) }));
    const found: (Item | null)[] = [];
    for (let from = 0; from < keys.length; from += KEYS_LIMIT)
      found.push(...(await this.store.getMany(SYSTEM_SCOPE, keys.slice(from, from + KEYS_LIMIT))));
    const levels: Level[] = [];
    for (const [index, code] of tenantCodes.entries())
      levels.push(levelIn(found[index] ?? (await this.latestUpTo(code, period)), period, carried));
    return levels;
  }

  private monthOf({ timezone }: UsageSubject): Month {
    return calendarMonthOf(this.clock.now(), timezone);
  }

  private async usageIn(subject: UsageSubject, period: Month): Promise<UsageView> {
    const [latest, quotas, meters] = await Promise.all([
      this.latestUpTo(subject.tenantCode, period),
      this.quotasIn(subject, period),
      this.catalogue.current(),
    ]);
    const lastUpdatedAt = latest?.code === period ? latest.updatedAt : null;
    const level = levelIn(latest, period, meters.carried);
    return viewOf({ period, level, lastUpdatedAt, quotas, meters });
  }

  /** What is held only because nobody has given it back yet is given back first: it would be in nobody's way. */
  private async quotasIn(subject: UsageSubject, period: Month): Promise<QuotaCheckResult[]> {
    const { tenantCode, limits } = subject;
    if (limits === null) return [];
    const meters = await this.catalogue.current();
    const quotas = async () =>
      quotasOf(tenantCode, await this.poolLevels(subject, { period, carried: meters.carried }), {
        limits,
        meters: meters.active,
      });
    const found = await quotas();
    const isHeld = found.some(({ held }) => held !== 0);
    return isHeld && (await this.expiry.releaseExpired(tenantCode)) > 0 ? quotas() : found;
  }

  private async poolLevels(
    { tenantCode, pooledWith }: UsageSubject,
    { period, carried }: { period: Month; carried: ReadonlySet<string> },
  ): Promise<ReadonlyMap<string, Level>> {
    const levels = new Map<string, Level>();
    for (const code of [tenantCode, ...pooledWith])
      levels.set(code, levelIn(await this.latestUpTo(code, period), period, carried));
    return levels;
  }

  private async latestUpTo(tenantCode: string, period: Month): Promise<Item | null> {
    const sk = { between: [USAGE_PREFIX, usageSk(period)] as const };
    const query = { sk, order: 'desc' as const, limit: 1 };
    const page = await this.dataService.listItemsByPk(tenantPk(tenantCode), query, { scope: SYSTEM_SCOPE });
    return page.items[0] ?? null;
  }
}
