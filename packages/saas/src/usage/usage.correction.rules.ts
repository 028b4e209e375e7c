import { type MeterEvent, type RecordedEvent } from '@landlord/kernel';
import { LandlordError, Quantity } from '@landlord/kernel/pure';
import { meterOf } from './meter.js';
import { type CorrectionInput } from './usage.correction.schema.js';
import { OWN_ID_PREFIX, shortHash } from './usage-event.js';

/** Why an event cannot be taken back, or null. `pooledWith`: whose pool the tenant uses now. */
export function correctionFlaw(event: RecordedEvent, pooledWith: readonly string[]): LandlordError | null {
  const refusal = (message: string) => new LandlordError('invalid_transition', message);
  const { id, metric, mode } = event;
  if (mode === 'correct')
    return refusal(`"${id}" is a correction itself; record a new event for what is to count after all`);
  if (mode === 'set')
    return refusal(`"${id}" has set ${metric} to ${event.quantity}; set it again to what it should be`);
  if (!meterOf(metric)) return refusal(`"${id}" is of ${metric}, which is not counted any more`);
  if (id.startsWith(OWN_ID_PREFIX))
    return refusal(`"${id}" is the system's own; ${metric} follows what it counts, so change that`);
  if (event.pooledWith.join() === pooledWith.join()) return null;
  return refusal(
    `when "${id}" came, the tenant lived on another subscription, which has counted it; it cannot be taken back there`,
  );
}

/** The event that takes another one back, in the hour and month of that. */
export function correctingEvent(event: RecordedEvent, { id, corrects, reason }: CorrectionInput): MeterEvent {
  const { metric, periodSk, at, hour, quantity } = event;
  return {
    id,
    fingerprint: shortHash(JSON.stringify(['correction', corrects, reason])),
    metric,
    periodSk,
    at,
    hour,
    quantity: Quantity.of(quantity).negate().toString(),
    mode: 'correct',
    properties: { corrects, reason },
  };
}
