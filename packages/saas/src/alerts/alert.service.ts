import {
  CLOCK,
  type Clock,
  CommandService,
  calendarMonthOf,
  DataService,
  type InvokeContext,
  LandlordError,
  type Page,
  type PageRequest,
  requireTenant,
  systemContext,
  tenantPk,
  tenantScope,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { SettingService } from '../settings/setting.service.js';
import { type Level } from '../usage/usage.level.js';
import { UsageReaderService } from '../usage/usage-reader.service.js';
import { type UsageSubject, UsageSubjectService } from '../usage/usage-subject.service.js';
import { ALERT_PREFIX, alertCommands, alertViewOf, isNoticed, noticedKey } from './alert.item.js';
import { type Alert, alertName, crossingsOf, type Watched } from './alert.js';
import { type AlertView } from './alert.schema.js';
import { THRESHOLDS_SETTING, thresholdsFrom } from './thresholds.js';

/** In one unit of work, with the item that says so; the others follow in the next. */
const ALERTS_A_UNIT = 20;
const UNITS_LIMIT = 1_000;

/** A month's use that has changed. */
export interface Moved {
  readonly period: string;
  readonly level: Level;
  readonly before: Level;
}

/** What caused it, for the log. */
export type Cause = Pick<InvokeContext, 'requestId' | 'source'>;

/** Says once per meter, month and threshold that it is reached. */
@Injectable()
export class AlertService {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly subjects: UsageSubjectService,
    private readonly reader: UsageReaderService,
    private readonly settingService: SettingService,
  ) {}

  /** Newest first. */
  async list(context: InvokeContext, page: PageRequest): Promise<Page<AlertView>> {
    const query = { ...page, sk: { beginsWith: ALERT_PREFIX }, order: 'desc' as const };
    const { items, nextCursor } = await this.dataService.listItemsByPk(
      tenantPk(requireTenant(context)),
      query,
      { invokeContext: context },
    );
    return { items: items.map(alertViewOf), nextCursor };
  }

  /** Without `moved`: the current month as it stands, against limits and thresholds that may have changed. */
  async look(tenantCode: string, cause: Cause, moved: Moved | null = null): Promise<void> {
    for (let unit = 1; unit <= UNITS_LIMIT; unit += 1) {
      const isDone = await untilUncontended(null, () => this.raise(tenantCode, cause, moved));
      if (isDone) return;
    }
  }

  /** False when there is more to raise. */
  private async raise(tenantCode: string, cause: Cause, moved: Moved | null): Promise<boolean> {
    const subject = await this.subjectOf(tenantCode);
    if (!subject?.limits) return true;
    const now = this.clock.now();
    const current = calendarMonthOf(now, subject.timezone);
    const period = moved?.period ?? current;
    const limits = subject.limits.filter((limit) => limit.tenantCode === tenantCode);
    const level = moved?.level ?? (await this.reader.levelOf(tenantCode, period));
    // A month that is over is compared with what it was: its limits may have been others.
    const before = moved && period < current ? moved.before : null;
    const crossings = await this.crossingsIn(tenantCode, { level, before, limits }, cause);
    if (crossings.length === 0) return true;
    const noticed = await this.dataService.getItem(noticedKey(tenantCode, period), {
      scope: tenantScope(tenantCode),
    });
    const fresh = crossings.filter((crossing) => !isNoticed(noticed, crossing));
    const alerts = fresh
      .slice(0, ALERTS_A_UNIT)
      .map(
        (crossing): Alert => ({ ...crossing, name: alertName(crossing.percent), period, occurredAt: now }),
      );
    const [first, ...others] = alerts;
    if (!first) return true;
    await this.commandService.commit(
      {
        commands: alertCommands(tenantCode, noticed, [first, ...others]),
        checks: subject.checks.filter(({ pk }) => pk === tenantPk(tenantCode)),
        respond: () => null,
      },
      { invokeContext: systemContext(tenantCode, cause) },
    );
    return fresh.length <= ALERTS_A_UNIT;
  }

  private async crossingsIn(tenantCode: string, watched: Omit<Watched, 'own'>, cause: Cause) {
    if (watched.limits.length === 0) return [];
    const context = systemContext(tenantCode, cause);
    const setting = await this.settingService.find(THRESHOLDS_SETTING, context);
    return crossingsOf({ ...watched, own: thresholdsFrom(setting?.value) });
  }

  /** Null for a tenant of which nothing may be written any more. */
  private async subjectOf(tenantCode: string): Promise<UsageSubject | null> {
    const subject = await this.subjects.of(tenantCode).catch((error: unknown) => {
      if (error instanceof LandlordError && error.code === 'not_found') return null;
      throw error;
    });
    const isErased = subject?.inactive?.code === tenantCode && subject.inactive.status === 'erased';
    return isErased ? null : subject;
  }
}
