import {
  CLOCK,
  type Clock,
  type Instant,
  type InvokeContext,
  invalidInput,
  type JsonValue,
  type MeterAccepted,
  type MeterEvent,
  type MeterOutcome,
  type MeterRequest,
  parseQuantity,
  Quantity,
  requireTenant,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { inputError } from '../http/index.js';
import { type MeterCatalogue } from '../meters/meter.catalogue.js';
import { ReservationExpiry } from '../reservations/reservation.expiry.service.js';
import { CallIds } from './call-ids.service.js';
import { type QuotaCheckResult } from './quota.js';
import { acceptedFrom, quotaFrom } from './usage.answer.service.js';
import { type MeterDemand, MeteringService } from './usage.metering.service.js';
import { requireRecordable } from './usage.recordable.service.js';
import { type UsageView } from './usage.schema.js';
import { type EventSurroundings, metricOf, OWN_ID_PREFIX, readEvents } from './usage-event.js';
import { type UsageEventInput } from './usage-event.schema.js';
import { UsageReaderService } from './usage-reader.service.js';
import { requireUsable, type UsageSubject } from './usage-subject.service.js';

export interface Recorded {
  readonly accepted: number;
  readonly duplicates: number;
}

export interface Consumed extends QuotaCheckResult {
  readonly admitted: true;
}

export interface OwnConsumed {
  /** How many of the events were counted now. */
  readonly accepted: number;
  readonly quota: QuotaCheckResult;
}

interface Submission {
  /** The limits to hold, or null; throws where the tenant may not ask at all. */
  readonly admission: (
    subject: UsageSubject,
    events: readonly MeterEvent[],
    meters: MeterCatalogue,
  ) => MeterRequest['admission'];
  readonly addressed: NonNullable<EventSurroundings['addressed']>;
  readonly respond: (accepted: MeterAccepted) => JsonValue;
  readonly pathOf: (index: number) => string;
  /** Whether it is the system that says so. */
  readonly isOwn: boolean;
  /** When events without a timestamp happened, for events whose retry comes later; default now. */
  readonly at?: Instant;
}

@Injectable()
export class UsageService {
  private readonly callIds = new CallIds();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly metering: MeteringService,
    private readonly expiry: ReservationExpiry,
    private readonly reader: UsageReaderService,
  ) {}

  /**
   * Counts events once each; durable when it resolves. One bad event, and none is taken. Never refuses for a limit.
   * `validation_failed` for ids that begin with `landlord:`, which are the system's.
   */
  record(context: InvokeContext, input: UsageEventInput | readonly UsageEventInput[]): Promise<Recorded> {
    const isOne = isSingle(input);
    const pathOf = isOne ? () => '' : (index: number) => `${index}.`;
    return this.recordAs(context, isOne ? [input] : input, {
      isOwn: false,
      addressed: 'name',
      pathOf,
    });
  }

  /** What the system itself counts, such as members. No route leads here. Events without a timestamp happened `at`. */
  recordOwn(context: InvokeContext, inputs: readonly UsageEventInput[], at?: Instant): Promise<Recorded> {
    const pathOf = (index: number) => `${index}.`;
    return this.recordAs(context, inputs, {
      isOwn: true,
      addressed: 'admission',
      pathOf,
      ...(at === undefined ? {} : { at }),
    });
  }

  /** Like `consume`, of several events of one metric under ids of the system; what is given back in it is counted first. */
  async consumeOwn(
    context: InvokeContext,
    inputs: readonly UsageEventInput[],
    at: Instant,
  ): Promise<OwnConsumed> {
    const pathOf = () => '';
    const respond = (accepted: MeterAccepted): OwnConsumed => ({
      accepted: accepted.accepted,
      quota: standingOf(accepted, inputs),
    });
    const unclaimed = { ...context, idempotency: null };
    const outcome = await this.submit(unclaimed, inputs, {
      pathOf,
      isOwn: true,
      addressed: 'admission',
      at,
      admission: requireUsable,
      respond: (accepted) => ({ ...recordedOf(accepted) }),
    });
    return acceptedFrom<OwnConsumed>(outcome, { inputs, respond, pathOf });
  }

  /**
   * Counts the event only if it stays within every limit, exactly, however many ask at once; durable when it
   * resolves. Throws `quota_exceeded`, and then the id may come again; `forbidden` without a current subscription.
   */
  async consume(context: InvokeContext, input: UsageEventInput): Promise<Consumed> {
    const pathOf = () => '';
    const inputs = [input];
    const respond = (accepted: MeterAccepted): Consumed => {
      return { admitted: true, ...standingOf(accepted, inputs) };
    };
    const outcome = await this.submit(context, inputs, {
      pathOf,
      isOwn: false,
      addressed: 'admission',
      admission: requireUsable,
      respond: (accepted) => ({ ...respond(accepted) }),
    });
    return acceptedFrom<Consumed>(outcome, { inputs, respond, pathOf });
  }

  /**
   * Counts one call of the application's own API. A repetition under the same `Idempotency-Key` counts nothing; the key
   * itself stays free for what the request does.
   */
  async trackApiCall(context: InvokeContext): Promise<void> {
    await this.track(context, 'apiCalls', Quantity.one);
  }

  /** Moves the level of storage: 1.5 is a gigabyte and a half more, -1.5 less. `validation_failed` below 0. */
  async trackStorageChange(deltaGb: number | string, context: InvokeContext): Promise<void> {
    await this.track(context, 'storageUsedGb', quantityOf('deltaGb', deltaGb));
  }

  /**
   * How the caller's tenant stands in a metric, at this moment: it holds nothing for the caller, `consume` does. Throws
   * `forbidden` with the reason `no_subscription` without a current one, `not_found` for a metric there is not.
   */
  checkQuota(metric: string, context: InvokeContext): Promise<QuotaCheckResult> {
    return this.reader.check(metric, context);
  }

  /**
   * What a tenant used in a month (`2024-01`, default now), and its quotas. For code that acts for no caller, such as a
   * report over all tenants: nobody is checked, so the tenant must never come from a request.
   */
  getUsageSummary(tenantCode: string, period?: string): Promise<UsageView> {
    return this.reader.summaryOf(tenantCode, period);
  }

  /** Sets what a tenant has of a meter, whatever feeds it. No route leads here. */
  setOwn(context: InvokeContext, inputs: readonly UsageEventInput[]): Promise<Recorded> {
    const pathOf = (index: number) => `${index}.`;
    return this.recordAs(context, inputs, { isOwn: true, addressed: 'meter', pathOf });
  }

  private async track(context: InvokeContext, metric: string, quantity: Quantity): Promise<void> {
    const id = `${OWN_ID_PREFIX}call:${this.callIds.next(context, metric)}`;
    await this.recordOwn({ ...context, idempotency: null }, [{ id, metric, quantity }]);
  }

  private async recordAs(
    context: InvokeContext,
    inputs: readonly UsageEventInput[],
    how: Pick<Submission, 'isOwn' | 'at' | 'addressed' | 'pathOf'>,
  ): Promise<Recorded> {
    const outcome = await this.submit(context, inputs, {
      ...how,
      admission: (subject, events, meters) => {
        requireRecordable(subject, events, meters);
        return null;
      },
      respond: (accepted) => ({ ...recordedOf(accepted) }),
    });
    return acceptedFrom<Recorded>(outcome, { inputs, respond: recordedOf, pathOf: how.pathOf });
  }

  /** What stands in the way only because it was held too long makes way first. */
  private submit(
    context: InvokeContext,
    inputs: readonly UsageEventInput[],
    how: Submission,
  ): Promise<MeterOutcome> {
    const tenantCode = requireTenant(context);
    const { respond } = how;
    const demandOf = (subject: UsageSubject, meters: MeterCatalogue) =>
      this.demandOf(inputs, how, { subject, meters });
    return this.expiry.makingWay(tenantCode, () =>
      this.metering.submit(context, { tenantCode, weight: inputs.length, demandOf, respond }),
    );
  }

  private demandOf(
    inputs: readonly UsageEventInput[],
    { admission, pathOf, isOwn, addressed, at = this.clock.now() }: Submission,
    { subject, meters }: { subject: UsageSubject; meters: MeterCatalogue },
  ): MeterDemand {
    const { timezone } = subject;
    const reading = readEvents(inputs, { now: at, timezone, isOwn, meters, addressed }, pathOf);
    if (!reading.ok) throw inputError(reading.issues);
    return { events: reading.events, admission: admission(subject, reading.events, meters) };
  }
}

function isSingle(input: UsageEventInput | readonly UsageEventInput[]): input is UsageEventInput {
  return !Array.isArray(input);
}

function recordedOf({ accepted, duplicates }: MeterAccepted): Recorded {
  return { accepted, duplicates };
}

/** A quantity that an application gives. Throws `validation_failed`. */
export function quantityOf(path: string, value: number | string): Quantity {
  const parsed = parseQuantity(value);
  if (parsed.ok) return parsed.value;
  throw invalidInput(path, parsed.message);
}

/** Of the meter that the events are named after, else of the first they feed. */
function standingOf({ standings }: MeterAccepted, inputs: readonly UsageEventInput[]): QuotaCheckResult {
  const names = inputs.map(metricOf);
  const standing = standings.find(({ metric }) => names.includes(metric)) ?? standings[0];
  if (!standing) throw new Error('an admission tells how the tenant stands');
  return quotaFrom(standing);
}
