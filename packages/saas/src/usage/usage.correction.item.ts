import { type FullInput, type Item, type ItemKey, type MeterEvent } from '@landlord/kernel';
import { generatePk, type Instant, Quantity, tenantPk } from '@landlord/kernel/pure';
import { type CorrectionView } from './usage.correction.schema.js';
import { USAGE_PREFIX } from './usage.level.js';
import { shortHash } from './usage-event.js';

export const CORRECTION_TYPE = 'USAGECORRECTION';

/** One for each event that was taken back, whoever asks and under whichever id. */
export function correctionKey(tenantCode: string, corrects: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: generatePk(CORRECTION_TYPE, shortHash(corrects)) };
}

/** Where an item that says so must be; null for one whose code is not that of the event it names. */
export function correctionKeyOf({ tenantCode, code, attributes }: Item): ItemKey | null {
  const { corrects } = attributes;
  if (typeof corrects !== 'string' || code !== shortHash(corrects)) return null;
  return correctionKey(tenantCode, corrects);
}

/** For the log: who took what back, and why. The second for one event meets the first. */
export function correctionCommand(
  tenantCode: string,
  event: MeterEvent,
): FullInput & { readonly kind: 'full' } {
  const { id, corrects, reason, metric, quantity, period, at } = correctionViewOf(event, event.at);
  return {
    kind: 'full',
    ...correctionKey(tenantCode, corrects),
    version: 0,
    tenantCode,
    type: CORRECTION_TYPE,
    code: shortHash(corrects),
    name: `correction of ${metric}`,
    attributes: { id, corrects, reason, metric, quantity, period, at },
  };
}

export function correctionViewOf(event: MeterEvent, createdAt: Instant): CorrectionView {
  const { id, metric, quantity, periodSk, at, properties } = event;
  return {
    id,
    corrects: String(properties.corrects),
    reason: String(properties.reason),
    metric,
    quantity: Quantity.of(quantity).toJSON(),
    period: periodSk.slice(USAGE_PREFIX.length),
    at,
    createdAt,
  };
}
