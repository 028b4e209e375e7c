import {
  CLOCK,
  type Clock,
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
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { correctionCommand, correctionKey, correctionViewOf } from './usage.correction.item.js';
import { correctingEvent, correctionFlaw } from './usage.correction.rules.js';
import { type CorrectionInput, type CorrectionView } from './usage.correction.schema.js';
import { MeteringService } from './usage.metering.service.js';
import { requireRecordable } from './usage.recordable.service.js';

/** Takes back events that should not have been. */
@Injectable()
export class UsageCorrectionService {
  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly metering: MeteringService,
  ) {}

  /**
   * Takes an event's effect back in the month and hour of its own time, own and pooled, and says so in the log. Again
   * under the same id it gives the same answer. `not_found` for an id that is not known (any more), `already_exists` for an
   * event that was taken back before, `invalid_transition` for one that cannot be, `out_of_bounds` where a level would go
   * below 0.
   */
  async correct(context: InvokeContext, input: CorrectionInput): Promise<CorrectionView> {
    const tenantCode = requireTenant(context);
    const earlier = await this.earlier(tenantCode, input);
    if (earlier) return earlier;
    const event = await this.eventOf(tenantCode, input.corrects);
    const correction = correctingEvent(event, input);
    const view = correctionViewOf(correction, this.clock.now());
    const outcome = await this.commit(context, { event, correction, view });
    // Whoever was first has said so.
    const first = outcome.status === 'failed' ? await this.earlier(tenantCode, input) : null;
    return first ?? answerOf(outcome, view);
  }

  private async earlier(tenantCode: string, input: CorrectionInput): Promise<CorrectionView | null> {
    const item = await this.store.get(SYSTEM_SCOPE, correctionKey(tenantCode, input.corrects));
    return item && repeated(item, input);
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

  private commit(
    context: InvokeContext,
    made: { event: RecordedEvent; correction: MeterEvent; view: CorrectionView },
  ) {
    const tenantCode = requireTenant(context);
    const { event, correction, view } = made;
    return this.metering.submit(context, {
      tenantCode,
      weight: 1,
      respond: () => ({ ...view }),
      demandOf: (subject, meters) => {
        const metrics = new Set(meters.all.map(({ metric }) => metric));
        const flaw = correctionFlaw(event, { pooledWith: subject.pooledWith, metrics });
        if (flaw) throw flaw;
        requireRecordable(subject, [correction], meters);
        return {
          events: [correction],
          admission: null,
          commands: [correctionCommand(tenantCode, correction)],
        };
      },
    });
  }
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
  return { ...attributes, createdAt } as unknown as CorrectionView;
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
