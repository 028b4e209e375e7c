import { setTimeout } from 'node:timers/promises';
import {
  CLOCK,
  type Clock,
  CommandService,
  GroupCommit,
  type Instant,
  type InvokeContext,
  idempotencyMismatch,
  invalidInput,
  type JsonValue,
  LandlordError,
  type MeterAccepted,
  type MeterEvent,
  type MeterOutcome,
  type MeterRequest,
  type MeterStanding,
  parseQuantity,
  Quantity,
  refusalError,
  requireTenant,
  STORE,
  type Store,
} from '@landlord/kernel';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { inputError } from '../http/index.js';
import { CallIds } from './call-ids.service.js';
import { meterOf } from './meter.js';
import { checkQuota, type QuotaCheckResult } from './quota.js';
import { quotaExceeded } from './quota.refusal.js';
import { USAGE_RULES } from './usage.rules.js';
import { type UsageView } from './usage.schema.js';
import { OWN_ID_PREFIX, quantityPath, readEvents } from './usage-event.js';
import { type UsageEventInput } from './usage-event.schema.js';
import { UsageReaderService } from './usage-reader.service.js';
import {
  requireActive,
  requireUsable,
  type UsageSubject,
  UsageSubjectService,
} from './usage-subject.service.js';

/** Events in one transaction, and events that may wait for the next. */
const GROUP_EVENTS_LIMIT = 20_000;
const QUEUE_EVENTS_LIMIT = 200_000;
/** How often a request is read anew because tenant, tree or limits changed meanwhile. */
const TRIES_LIMIT = 20;
const PAUSE_MS = 2;

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
  readonly admission: (subject: UsageSubject, events: readonly MeterEvent[]) => MeterRequest['admission'];
  readonly respond: (accepted: MeterAccepted) => JsonValue;
  readonly pathOf: (index: number) => string;
  /** Whether it is the system that says so. */
  readonly isOwn: boolean;
  /** When events without a timestamp happened, for events whose retry comes later; default now. */
  readonly at?: Instant;
}

@Injectable()
export class UsageService implements BeforeApplicationShutdown {
  private readonly groups: GroupCommit<MeterRequest, MeterOutcome>;
  private readonly callIds = new CallIds();

  constructor(
    @Inject(STORE) store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly commandService: CommandService,
    private readonly subjects: UsageSubjectService,
    private readonly reader: UsageReaderService,
  ) {
    this.groups = new GroupCommit((requests) => store.meter(requests, USAGE_RULES), {
      groupWeightLimit: GROUP_EVENTS_LIMIT,
      queueWeightLimit: QUEUE_EVENTS_LIMIT,
    });
  }

  /**
   * Counts events once each; durable when it resolves. One bad event, and none is taken. Never refuses for a limit.
   * `validation_failed` for ids that begin with `landlord:`, which are the system's.
   */
  record(context: InvokeContext, input: UsageEventInput | readonly UsageEventInput[]): Promise<Recorded> {
    const isOne = isSingle(input);
    const pathOf = isOne ? () => '' : (index: number) => `${index}.`;
    return this.recordAs(context, isOne ? [input] : input, { isOwn: false, pathOf });
  }

  /** What the system itself counts, such as members. No route leads here. Events without a timestamp happened `at`. */
  recordOwn(context: InvokeContext, inputs: readonly UsageEventInput[], at?: Instant): Promise<Recorded> {
    const pathOf = (index: number) => `${index}.`;
    return this.recordAs(context, inputs, { isOwn: true, pathOf, ...(at === undefined ? {} : { at }) });
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
      quota: standingOf(accepted),
    });
    const unclaimed = { ...context, idempotency: null };
    const outcome = await this.submit(unclaimed, inputs, {
      pathOf,
      isOwn: true,
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
    const outcome = await this.submit(context, [input], {
      pathOf,
      isOwn: false,
      admission: requireUsable,
      respond: (accepted) => ({ ...consumedOf(accepted) }),
    });
    return acceptedFrom<Consumed>(outcome, { inputs: [input], respond: consumedOf, pathOf });
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

  async beforeApplicationShutdown(): Promise<void> {
    await this.groups.flush();
  }

  private async track(context: InvokeContext, metric: string, quantity: Quantity): Promise<void> {
    const id = `${OWN_ID_PREFIX}call:${this.callIds.next(context, metric)}`;
    await this.recordOwn({ ...context, idempotency: null }, [{ id, metric, quantity }]);
  }

  private async recordAs(
    context: InvokeContext,
    inputs: readonly UsageEventInput[],
    how: Pick<Submission, 'isOwn' | 'at' | 'pathOf'>,
  ): Promise<Recorded> {
    const outcome = await this.submit(context, inputs, {
      ...how,
      admission: (subject, events) => {
        requireRecordable(subject, events);
        return null;
      },
      respond: (accepted) => ({ ...recordedOf(accepted) }),
    });
    return acceptedFrom<Recorded>(outcome, { inputs, respond: recordedOf, pathOf: how.pathOf });
  }

  private async submit(
    context: InvokeContext,
    inputs: readonly UsageEventInput[],
    how: Submission,
  ): Promise<MeterOutcome> {
    for (let attempt = 1; attempt <= TRIES_LIMIT; attempt += 1) {
      const tenantCode = requireTenant(context);
      const subject = await this.subjects[attempt === 1 ? 'known' : 'of'](tenantCode);
      const request = this.requestFor(context, subject, inputs, how);
      const outcome = await this.groups.submit(request, inputs.length);
      if (outcome.status !== 'stale') return outcome;
      await setTimeout(Math.random() * PAUSE_MS * attempt);
    }
    throw new LandlordError('unavailable', 'the tenant or its limits keep changing; try again', {
      retryAfterSeconds: 1,
    });
  }

  private requestFor(
    context: InvokeContext,
    subject: UsageSubject,
    inputs: readonly UsageEventInput[],
    { admission, respond, pathOf, isOwn, at = this.clock.now() }: Submission,
  ): MeterRequest {
    const { tenantCode, timezone, pooledWith, checks } = subject;
    const reading = readEvents(inputs, { now: at, timezone, isOwn }, pathOf);
    if (!reading.ok) throw inputError(reading.issues);
    const { idempotency } = context;
    return {
      tenantCode,
      origin: this.commandService.origin(context),
      events: reading.events,
      pooledWith,
      admission: admission(subject, reading.events),
      checks,
      ...(idempotency ? { idempotency: { ...idempotency, respond } } : {}),
    };
  }
}

/**
 * Late events of a closed tenant are still billed, but its gauges are 0 for good: what it had is given back. Of an erased
 * one nothing may come to be again.
 */
function requireRecordable(subject: UsageSubject, events: readonly MeterEvent[]): void {
  if (subject.inactive?.code !== subject.tenantCode) return;
  if (subject.inactive.status === 'erased') requireActive(subject);
  const gauge = events.find(({ metric, mode, quantity }) => isRaised(metric, mode, quantity));
  if (subject.inactive.status !== 'closed' || !gauge) return;
  throw new LandlordError(
    'invalid_transition',
    `the tenant is closed and has no ${gauge.metric} any more; only sums are still counted`,
  );
}

/** Setting a gauge to 0 is how closing ends it. */
function isRaised(metric: string, mode: MeterEvent['mode'], quantity: string): boolean {
  return meterOf(metric)?.kind === 'gauge' && !(mode === 'set' && Quantity.of(quantity).isZero());
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

function consumedOf(accepted: MeterAccepted): Consumed {
  return { admitted: true, ...standingOf(accepted) };
}

function standingOf({ standings: [standing] }: MeterAccepted): QuotaCheckResult {
  if (!standing) throw new Error('an admission tells how the tenant stands');
  return quotaFrom(standing);
}

function quotaFrom({ metric, current, limit }: MeterStanding): QuotaCheckResult {
  return checkQuota(metric, Quantity.of(current), limit === null ? null : Quantity.of(limit));
}

/** The answer to a request that was taken; any other outcome as the error the caller sees. */
function acceptedFrom<T>(
  outcome: MeterOutcome,
  {
    inputs,
    respond,
    pathOf,
  }: {
    inputs: readonly UsageEventInput[];
    respond: (accepted: MeterAccepted) => T;
    /** Where the event of an index stands in the request, with a dot at the end if it is not the whole. */
    pathOf: (index: number) => string;
  },
): T {
  switch (outcome.status) {
    case 'accepted':
      return respond(outcome);
    case 'replayed':
      return outcome.result as unknown as T;
    case 'idempotency_mismatch':
      throw idempotencyMismatch();
    case 'duplicate_event':
      throw duplicateEvent(`${pathOf(outcome.index)}id`, outcome.id);
    case 'not_admitted':
      throw quotaExceeded(quotaFrom(outcome.standing));
    case 'refused':
      throw invalidInput(`${pathOf(outcome.index)}${quantityPath(inputs[outcome.index])}`, outcome.message);
    case 'failed':
      throw refusalError(outcome.refusal);
    case 'stale':
      throw new Error('a stale request is read anew');
  }
}

function duplicateEvent(path: string, id: string): LandlordError {
  const message = `the id "${id}" was used for an event with another payload; nothing of the request was taken`;
  return new LandlordError('duplicate_event', `${path}: ${message}`, { errors: [{ path, message }] });
}
