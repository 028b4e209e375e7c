import { LandlordError, type MeterEvent, type MeterReading } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { type MeterCatalogue } from '../meters/meter.catalogue.js';
import { requireActive, type UsageSubject } from './usage-subject.service.js';

/**
 * Late events of a closed tenant are still billed, but its gauges are 0 for good: what it had is given back. Of an erased
 * one nothing may come to be again.
 */
export function requireRecordable(
  subject: UsageSubject,
  events: readonly Pick<MeterEvent, 'readings'>[],
  meters: MeterCatalogue,
): void {
  if (subject.inactive?.code !== subject.tenantCode) return;
  if (subject.inactive.status === 'erased') requireActive(subject);
  if (subject.inactive.status !== 'closed') return;
  const raised = events.flatMap(({ readings }) => readings).find((reading) => isRaised(reading, meters));
  if (!raised) return;
  throw new LandlordError(
    'invalid_transition',
    `the tenant is closed and has no ${raised.metric} any more; only sums are still counted`,
  );
}

/** A level that stays until it is changed. Setting it to 0 is how closing ends it. */
function isRaised({ metric, mode, quantity }: MeterReading, meters: MeterCatalogue): boolean {
  const kind = meters.find(metric)?.kind;
  if (kind !== 'gauge' && kind !== 'latest') return false;
  return mode === 'add' || !Quantity.of(quantity).isZero();
}
