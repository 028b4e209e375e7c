import {
  CLOCK,
  type Clock,
  CommandService,
  calendarMonthOf,
  DataService,
  GroupCommit,
  type InvokeContext,
  type Item,
  idempotencyMismatch,
  invalidInput,
  LandlordError,
  type MeterAccepted,
  type MeterOutcome,
  type MeterRequest,
  type Month,
  notFound,
  refusalError,
  requireTenant,
  STORE,
  type Store,
  type TimeZone,
  tenantPk,
} from '@landlord/kernel';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { inputError } from '../http/index.js';
import { type PlanLimits } from '../plans/plan.js';
import { PlanService } from '../plans/plan.service.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { unusedView, usageSk, usageView } from './usage.item.js';
import { USAGE_PREFIX, USAGE_RULES } from './usage.rules.js';
import { type UsageView } from './usage.schema.js';
import { quantityPath, readEvents } from './usage-event.js';
import { type UsageEventInput } from './usage-event.schema.js';

/** Events in one transaction, and events that may wait for the next. */
const GROUP_EVENTS_LIMIT = 20_000;
const QUEUE_EVENTS_LIMIT = 200_000;

export interface Recorded {
  readonly accepted: number;
  readonly duplicates: number;
}

@Injectable()
export class UsageService implements BeforeApplicationShutdown {
  private readonly groups: GroupCommit<MeterRequest, MeterOutcome>;

  constructor(
    @Inject(STORE) store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly planService: PlanService,
    private readonly subscriptionService: SubscriptionService,
  ) {
    this.groups = new GroupCommit((requests) => store.meter(requests, USAGE_RULES), {
      groupWeightLimit: GROUP_EVENTS_LIMIT,
      queueWeightLimit: QUEUE_EVENTS_LIMIT,
    });
  }

  /** Counts events once each; durable when it resolves. One bad event, and none is taken. */
  async record(context: InvokeContext, inputs: readonly UsageEventInput[]): Promise<Recorded> {
    const timezone = await this.timezoneOf(context);
    const reading = readEvents(inputs, { now: this.clock.now(), timezone });
    if (!reading.ok) throw inputError(reading.issues);
    const { idempotency } = context;
    const request: MeterRequest = {
      tenantCode: requireTenant(context),
      origin: this.commandService.origin(context),
      events: reading.events,
      ...(idempotency
        ? { idempotency: { ...idempotency, respond: (outcome) => ({ ...recordedOf(outcome) }) } }
        : {}),
    };
    return recordedFrom(await this.groups.submit(request, inputs.length), inputs);
  }

  /** The month that it is now, in the tenant's time zone. */
  async getCurrent(context: InvokeContext): Promise<UsageView> {
    const timezone = await this.timezoneOf(context);
    return this.viewOf(context, calendarMonthOf(this.clock.now(), timezone));
  }

  async getPeriod(context: InvokeContext, period: Month): Promise<UsageView> {
    await this.timezoneOf(context);
    return this.viewOf(context, period);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.groups.flush();
  }

  private async viewOf(context: InvokeContext, period: Month): Promise<UsageView> {
    const [latest, limits] = await Promise.all([this.latestUpTo(context, period), this.limitsOf(context)]);
    if (latest?.code === period) return usageView(latest, limits);
    return unusedView(period, latest, limits);
  }

  private async latestUpTo(context: InvokeContext, period: Month): Promise<Item | null> {
    const sk = { between: [USAGE_PREFIX, usageSk(period)] as const };
    const query = { sk, order: 'desc' as const, limit: 1 };
    const page = await this.dataService.listItemsByPk(tenantPk(requireTenant(context)), query, {
      invokeContext: context,
    });
    return page.items[0] ?? null;
  }

  private async limitsOf(context: InvokeContext): Promise<PlanLimits | null> {
    const subscription = await this.subscriptionService.findCurrent(context);
    if (!subscription) return null;
    const plan = await this.planService.getVersion(subscription.planCode, subscription.planVersion);
    return plan.limits;
  }

  private async timezoneOf(context: InvokeContext): Promise<TimeZone> {
    const item = await this.dataService.getItem(tenantKey(requireTenant(context)), {
      invokeContext: context,
    });
    if (!item) throw notFound('tenant');
    return tenantView(item).timezone;
  }
}

function recordedOf({ accepted, duplicates }: MeterAccepted): Recorded {
  return { accepted, duplicates };
}

function recordedFrom(outcome: MeterOutcome, inputs: readonly UsageEventInput[]): Recorded {
  switch (outcome.status) {
    case 'accepted':
      return recordedOf(outcome);
    case 'replayed':
      return outcome.result as unknown as Recorded;
    case 'idempotency_mismatch':
      throw idempotencyMismatch();
    case 'duplicate_event':
      throw duplicateEvent(outcome.index, outcome.id);
    case 'refused':
      throw invalidInput(`${outcome.index}.${quantityPath(inputs[outcome.index])}`, outcome.message);
    case 'failed':
      throw refusalError(outcome.refusal);
  }
}

function duplicateEvent(index: number, id: string): LandlordError {
  const message = `the id "${id}" was used for an event with another payload; nothing of the request was taken`;
  return new LandlordError('duplicate_event', `${index}.id: ${message}`, {
    errors: [{ path: `${index}.id`, message }],
  });
}
