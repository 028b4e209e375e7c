import { setTimeout } from 'node:timers/promises';
import {
  CommandService,
  type InvokeContext,
  type Item,
  idempotencyMismatch,
  LandlordError,
  type MeterEvent,
  type MeterOutcome,
  notFound,
  type RecordedEvent,
  refusalError,
  requireTenant,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { meterOf } from './meter.js';
import { correctionKey, correctionViewOf } from './usage.correction.item.js';
import { correctingEvent, correctionFlaw } from './usage.correction.rules.js';
import { type CorrectionInput, type CorrectionView } from './usage.correction.schema.js';
import { USAGE_RULES } from './usage.rules.js';
import { type UsageSubject, UsageSubjectService } from './usage-subject.service.js';

const TRIES_LIMIT = 20;
const PAUSE_MS = 2;

/** Takes back events that should not have been. */
@Injectable()
export class UsageCorrectionService {
  constructor(
    @Inject(STORE) private readonly store: Store,
    private readonly commandService: CommandService,
    private readonly subjects: UsageSubjectService,
  ) {}

  /**
   * Takes an event's effect back in the month and hour of its own time, own and pooled, and says so in the log. Again
   * under the same id it gives the same answer. `not_found` for an id that is not known (any more), `already_exists` for an
   * event that was taken back before, `invalid_transition` for one that cannot be, `out_of_bounds` where a level would go
   * below 0.
   */
  async correct(context: InvokeContext, input: CorrectionInput): Promise<CorrectionView> {
    const tenantCode = requireTenant(context);
    for (let attempt = 1; attempt <= TRIES_LIMIT; attempt += 1) {
      const subject = await this.subjects.of(tenantCode);
      const earlier = await this.store.get(SYSTEM_SCOPE, correctionKey(tenantCode, input.corrects));
      if (earlier) return repeated(earlier, input);
      const event = await this.eventOf(tenantCode, input.corrects);
      requireCorrectable(subject, event);
      const answer = await this.commit(context, subject, correctingEvent(event, input));
      if (answer !== 'stale') return answer;
      await setTimeout(Math.random() * PAUSE_MS * attempt);
    }
    throw new LandlordError('unavailable', 'the tenant keeps changing; try again', { retryAfterSeconds: 1 });
  }

  private async eventOf(tenantCode: string, id: string): Promise<RecordedEvent> {
    const found = await this.store.usageLog.event(tenantCode, id);
    if (!found) throw notFound('usage event');
    if (found.status === 'recorded') return found.event;
    throw new LandlordError(
      'invalid_transition',
      `the event "${id}" was recorded at ${found.recordedAt} and is no longer kept, so it cannot be taken back; ` +
        'what it counted stays',
    );
  }

  private async commit(
    context: InvokeContext,
    subject: UsageSubject,
    event: MeterEvent,
  ): Promise<CorrectionView | 'stale'> {
    const { tenantCode, pooledWith, checks } = subject;
    const { idempotency } = context;
    const origin = this.commandService.origin(context);
    const view = correctionViewOf(event, origin.at);
    const fresh = { ...correctionKey(tenantCode, view.corrects), version: VERSION_FIRST };
    const request = {
      tenantCode,
      origin,
      events: [event],
      pooledWith,
      admission: null,
      checks: [...checks, fresh],
      ...(idempotency ? { idempotency: { ...idempotency, respond: () => ({ ...view }) } } : {}),
    };
    const [outcome] = await this.store.meter([request], USAGE_RULES);
    if (!outcome) throw new Error('a store answers every request');
    return outcome.status === 'stale' ? 'stale' : answerOf(outcome, view);
  }
}

function requireCorrectable({ pooledWith, inactive, tenantCode }: UsageSubject, event: RecordedEvent): void {
  const flaw = correctionFlaw(event, pooledWith);
  if (flaw) throw flaw;
  if (inactive?.code !== tenantCode || !['closed', 'erased'].includes(inactive.status)) return;
  if (inactive.status === 'closed' && meterOf(event.metric)?.kind === 'sum') return;
  throw new LandlordError(
    'invalid_transition',
    `the tenant is ${inactive.status}; its ${event.metric} cannot change any more`,
  );
}

function repeated(
  { attributes, createdAt }: Item,
  { id, corrects, reason }: CorrectionInput,
): CorrectionView {
  if (attributes.id !== id) {
    const message = `the event "${corrects}" was taken back by "${attributes.id}" before`;
    throw new LandlordError('already_exists', message, { facts: { correctedBy: String(attributes.id) } });
  }
  if (attributes.reason !== reason) throw duplicateId(id);
  const { times: _bound, ...view } = attributes;
  return { ...view, createdAt } as unknown as CorrectionView;
}

function answerOf(outcome: Exclude<MeterOutcome, { status: 'stale' }>, view: CorrectionView): CorrectionView {
  switch (outcome.status) {
    case 'accepted':
      return view;
    case 'replayed':
      return outcome.result as unknown as CorrectionView;
    case 'idempotency_mismatch':
      throw idempotencyMismatch();
    case 'duplicate_event':
      throw duplicateId(outcome.id);
    case 'refused':
      throw new LandlordError('out_of_bounds', `it cannot be taken back: ${outcome.message}`);
    case 'failed':
      throw refusalError(outcome.refusal);
    case 'not_admitted':
      throw new Error('a correction is held to no limit');
  }
}

function duplicateId(id: string): LandlordError {
  const message = `the id "${id}" was used for another event or correction; nothing was taken back`;
  return new LandlordError('duplicate_event', `id: ${message}`, { errors: [{ path: 'id', message }] });
}
