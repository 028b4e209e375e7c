import {
  type BillingCycle,
  LandlordError,
  type LocalDate,
  type Period,
  periodAt,
  periodByIndex,
  timeZoneOf,
} from '@landlord/kernel/pure';
import { type Subscription } from './subscription.js';

type Periods = Pick<Subscription, 'anchor' | 'currentPeriod' | 'frozenDays'>;

/** The first of periods counted from a day. */
export function periodsFrom(anchor: LocalDate, billingCycle: BillingCycle): Periods {
  return { anchor, currentPeriod: periodByIndex(anchor, billingCycle, 0), frozenDays: 0 };
}

/**
 * The period after the current one: counted from the anchor, never from the period before. Only a new cycle whose
 * periods counted from there have no edge at that day moves the anchor. Throws when the present period is none of
 * its own.
 */
export function nextPeriods(subscription: Subscription, billingCycle: BillingCycle): Periods {
  const { code, anchor, currentPeriod } = subscription;
  const next = periodHolding(currentPeriod.to, anchor, billingCycle);
  if (next.from === currentPeriod.to) return { anchor, currentPeriod: next, frozenDays: 0 };
  if (billingCycle !== subscription.billingCycle) return periodsFrom(currentPeriod.to, billingCycle);
  throw new LandlordError(
    'invalid_transition',
    `${code} has a period to ${currentPeriod.to}, where none counted from ${anchor} ends`,
  );
}

const UTC = timeZoneOf('UTC');

/** A matter of the calendar alone, so any zone does that has all its days. */
function periodHolding(day: LocalDate, anchor: LocalDate, cycle: BillingCycle): Period {
  const { from, to } = periodAt({ anchor, cycle, zone: UTC, instant: `${day}T00:00:00.000Z` });
  return { from, to };
}
