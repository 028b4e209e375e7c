import { type IncrementInput, type Item, type ItemKey, type MeterEvent } from '@landlord/kernel';
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

/** For the log: who took what back, and why. The second for one event would pass the bound. */
export function correctionCommand(tenantCode: string, event: MeterEvent): IncrementInput {
  const { corrects, reason } = correctionOf(event);
  const { id, metric, quantity, periodSk, at } = event;
  const attributes = {
    id,
    corrects,
    reason,
    metric,
    quantity: Quantity.of(quantity).toJSON(),
    period: periodSk.slice(USAGE_PREFIX.length),
    at,
    times: 0,
  };
  return {
    ...correctionKey(tenantCode, corrects),
    increments: [{ path: ['times'], by: '1', max: '1' }],
    initial: {
      tenantCode,
      type: CORRECTION_TYPE,
      code: shortHash(corrects),
      name: `correction of ${metric}`,
      attributes,
    },
  };
}

/** What a correcting event says of itself. */
export function correctionOf({ properties }: Pick<MeterEvent, 'properties'>): {
  readonly corrects: string;
  readonly reason: string;
} {
  return { corrects: String(properties.corrects), reason: String(properties.reason) };
}

export function correctionViewOf(event: MeterEvent, createdAt: Instant): CorrectionView {
  const { id, metric, quantity, periodSk, at } = event;
  const period = periodSk.slice(USAGE_PREFIX.length);
  const { corrects, reason } = correctionOf(event);
  return { id, corrects, reason, metric, quantity: Quantity.of(quantity).toJSON(), period, at, createdAt };
}
