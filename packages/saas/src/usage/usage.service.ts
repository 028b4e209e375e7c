import { setTimeout } from 'node:timers/promises';
import {
  CLOCK,
  type Clock,
  CommandService,
  GroupCommit,
  type InvokeContext,
  type ItemCheck,
  idempotencyMismatch,
  invalidInput,
  type JsonValue,
  LandlordError,
  type MeterAccepted,
  type MeterEvent,
  type MeterOutcome,
  type MeterRequest,
  type MeterStanding,
  Quantity,
  refusalError,
  requireTenant,
  STORE,
  type Store,
} from '@landlord/kernel';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { inputError } from '../http/index.js';
import { meterOf } from './meter.js';
import { checkQuota, type QuotaCheckResult } from './quota.js';
import { USAGE_RULES } from './usage.rules.js';
import { quantityPath, readEvents } from './usage-event.js';
import { type UsageEventInput } from './usage-event.schema.js';
import { requireActive, type UsageSubject, UsageSubjectService } from './usage-subject.service.js';

/** Events in one transaction, and events that may wait for the next. */
const GROUP_EVENTS_LIMIT = 20_000;
const QUEUE_EVENTS_LIMIT = 200_000;
/** While one group is committed the next one waits at the lock already. */
const GROUPS_LIMIT = 2;
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

interface Submission {
  /** The limits to hold, or null; throws where the tenant may not ask at all. */
  readonly admission: (subject: UsageSubject, events: readonly MeterEvent[]) => MeterRequest['admission'];
  readonly respond: (accepted: MeterAccepted) => JsonValue;
  readonly pathOf: (index: number) => string;
  /** Whether it is the system that says so. */
  readonly isOwn: boolean;
}

@Injectable()
export class UsageService implements BeforeApplicationShutdown {
  private readonly groups: GroupCommit<MeterRequest, MeterOutcome>;

  constructor(
    @Inject(STORE) store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly commandService: CommandService,
    private readonly subjects: UsageSubjectService,
  ) {
    this.groups = new GroupCommit((requests) => store.meter(requests, USAGE_RULES), {
      groupWeightLimit: GROUP_EVENTS_LIMIT,
      queueWeightLimit: QUEUE_EVENTS_LIMIT,
      groupsLimit: GROUPS_LIMIT,
    });
  }

  /**
   * Counts events once each; durable when it resolves. One bad event, and none is taken. Never refuses for a limit.
   * `validation_failed` for ids that begin with `landlord:`, which are the system's.
   */
  record(context: InvokeContext, inputs: readonly UsageEventInput[]): Promise<Recorded> {
    return this.recordAs(context, inputs, { isOwn: false });
  }

  /** What the system itself counts, such as members. No route leads here. */
  recordOwn(context: InvokeContext, inputs: readonly UsageEventInput[]): Promise<Recorded> {
    return this.recordAs(context, inputs, { isOwn: true });
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
      admission: admissionOf,
      respond: (accepted) => ({ ...consumedOf(accepted) }),
    });
    return acceptedFrom<Consumed>(outcome, { inputs: [input], respond: consumedOf, pathOf });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.groups.flush();
  }

  private async recordAs(
    context: InvokeContext,
    inputs: readonly UsageEventInput[],
    { isOwn }: { isOwn: boolean },
  ): Promise<Recorded> {
    const pathOf = (index: number) => `${index}.`;
    const outcome = await this.submit(context, inputs, {
      pathOf,
      isOwn,
      admission: (subject, events) => {
        requireRecordable(subject, events);
        return null;
      },
      respond: (accepted) => ({ ...recordedOf(accepted) }),
    });
    return acceptedFrom<Recorded>(outcome, { inputs, respond: recordedOf, pathOf });
  }

  private async submit(
    context: InvokeContext,
    inputs: readonly UsageEventInput[],
    how: Submission,
  ): Promise<MeterOutcome> {
    let current = context;
    for (let attempt = 1; attempt <= TRIES_LIMIT; attempt += 1) {
      const tenantCode = requireTenant(current);
      const subject = await this.subjects[attempt === 1 ? 'known' : 'of'](tenantCode);
      const request = this.requestFor(current, subject, inputs, how);
      const outcome = await this.groups.submit(request, inputs.length);
      if (outcome.status !== 'stale') return outcome;
      if (current.rests) current = await current.rests.renew();
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
    { admission, respond, pathOf, isOwn }: Submission,
  ): MeterRequest {
    const { tenantCode, timezone, pooledWith } = subject;
    const reading = readEvents(inputs, { now: this.clock.now(), timezone, isOwn }, pathOf);
    if (!reading.ok) throw inputError(reading.issues);
    const { idempotency } = context;
    return {
      tenantCode,
      origin: this.commandService.origin(context),
      events: reading.events,
      pooledWith,
      admission: admission(subject, reading.events),
      checks: checksOf(subject, context),
      ...(idempotency ? { idempotency: { ...idempotency, respond } } : {}),
    };
  }
}

/**
 * On what the request rests: the subject, and the caller where it was admitted from memory. The same list for the same two,
 * so that those who share it are checked together.
 */
function checksOf({ checks }: UsageSubject, { rests }: InvokeContext): readonly ItemCheck[] {
  if (!rests) return checks;
  const known = combined.get(rests.checks);
  if (known?.subject === checks) return known.all;
  const all = [...checks, ...rests.checks];
  combined.set(rests.checks, { subject: checks, all });
  return all;
}

const combined = new WeakMap<
  readonly ItemCheck[],
  { readonly subject: readonly ItemCheck[]; readonly all: readonly ItemCheck[] }
>();

function admissionOf(subject: UsageSubject): MeterRequest['admission'] {
  requireActive(subject);
  if (subject.isPaused)
    throw new LandlordError('forbidden', 'the subscription is paused, so nothing can be consumed', {
      facts: { reason: 'subscription_paused' },
    });
  if (subject.limits) return subject.limits;
  throw new LandlordError('forbidden', 'the tenant has no current subscription, so nothing can be consumed', {
    facts: { reason: 'no_subscription' },
  });
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

function recordedOf({ accepted, duplicates }: MeterAccepted): Recorded {
  return { accepted, duplicates };
}

function consumedOf({ standings: [standing] }: MeterAccepted): Consumed {
  if (!standing) throw new Error('an admission tells how the tenant stands');
  return { admitted: true, ...quotaFrom(standing) };
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
      throw quotaExceeded(outcome.standing);
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

function quotaExceeded(standing: MeterStanding): LandlordError {
  const { metric, current, limit, percentage, isExceeded, isNearLimit } = quotaFrom(standing);
  return new LandlordError(
    'quota_exceeded',
    `Quota exceeded for ${metric}: ${current}/${limit}. Please upgrade your plan.`,
    { facts: { admitted: false, metric, current, limit, percentage, isExceeded, isNearLimit } },
  );
}
