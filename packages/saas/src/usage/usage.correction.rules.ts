import { type MeterEvent, type RecordedEvent } from '@landlord/kernel';
import { LandlordError, Quantity } from '@landlord/kernel/pure';
import { type CorrectionInput } from './usage.correction.schema.js';
import { OWN_ID_PREFIX, shortHash } from './usage-event.js';

export interface CorrectionSurroundings {
  /** Whose pool the tenant uses now. */
  readonly pooledWith: readonly string[];
  /** Meters there are; retired ones, too. */
  readonly metrics: ReadonlySet<string>;
}

/** Why an event cannot be taken back, or null. */
export function correctionFlaw(
  event: RecordedEvent,
  { pooledWith, metrics }: CorrectionSurroundings,
): LandlordError | null {
  const refusal = (message: string) => new LandlordError('invalid_transition', message);
  const { id, metric, mode, readings } = event;
  if (mode === 'correct')
    return refusal(`"${id}" is a correction itself; record a new event for what is to count after all`);
  if (id.startsWith(OWN_ID_PREFIX))
    return refusal(`"${id}" is the system's own; ${metric} follows what it counts, so change that`);
  const stranger = readings.find((reading) => !metrics.has(reading.metric));
  if (stranger) return refusal(`"${id}" counts for ${stranger.metric}, and there is no such meter here`);
  const set = readings.find((reading) => reading.mode === 'set');
  if (set)
    return refusal(`"${id}" has set ${set.metric} to ${set.quantity}; set it again to what it should be`);
  const kept = readings.find((reading) => reading.mode !== 'add');
  if (kept)
    return refusal(
      `"${id}" counts for ${kept.metric}, of which only the result is kept (${kept.mode}), so it cannot be taken back`,
    );
  if (event.pooledWith.join() === pooledWith.join()) return null;
  return refusal(
    `when "${id}" came, the tenant lived on another subscription, which has counted it; it cannot be taken back there`,
  );
}

/** The event that takes another one back, in the hour and month of that, from every meter that it fed. */
export function correctingEvent(event: RecordedEvent, { id, corrects, reason }: CorrectionInput): MeterEvent {
  const { metric, periodSk, at, hour, quantity, readings } = event;
  return {
    id,
    fingerprint: shortHash(JSON.stringify(['correction', corrects, reason])),
    metric,
    periodSk,
    at,
    hour,
    quantity: negated(quantity),
    mode: 'correct',
    properties: { corrects, reason },
    readings: readings.map((reading) => ({ ...reading, quantity: negated(reading.quantity) })),
  };
}

function negated(quantity: string): string {
  return Quantity.of(quantity).negate().toString();
}
