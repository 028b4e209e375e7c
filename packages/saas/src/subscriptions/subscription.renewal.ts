import {
  type Instant,
  type LocalDate,
  type Period,
  periodAt,
  periodByIndex,
  timeZoneOf,
} from '@landlord/kernel/pure';
import { dueAtOf, type Subscription } from './subscription.js';

export interface RenewalInput {
  /** What has come to an end by then is renewed. */
  readonly until: Instant;
  /** Whether the version that the scheduled change names is there. */
  readonly isScheduledVersionThere: boolean;
}

export interface Renewal {
  readonly kind: 'renewed' | 'expired';
  readonly subscription: Subscription;
}

/**
 * What the end of the current period makes of a subscription; null when nothing is due. One period at a time:
 * a subscription that is behind is asked again. Trials are left alone.
 */
export function renew(subscription: Subscription, input: RenewalInput): Renewal | null {
  const dueAt = dueAtOf(subscription);
  if (subscription.status !== 'active' || dueAt === null || dueAt > input.until) return null;
  const { currentPeriod, autoRenew } = subscription;
  if (!autoRenew)
    return {
      kind: 'expired',
      subscription: { ...subscription, status: 'expired', endDate: currentPeriod.to, scheduledChange: null },
    };
  return {
    kind: 'renewed',
    subscription: {
      ...withScheduledChange(subscription, dueAt, input),
      currentPeriod: nextPeriod(subscription),
    },
  };
}

const UTC = timeZoneOf('UTC');

/** Counted from the anchor, never from the period before. Throws when the present period is none of its own. */
function nextPeriod({ code, startDate, billingCycle, currentPeriod }: Subscription): Period {
  const next = periodByIndex(
    startDate,
    billingCycle,
    indexOfDay(currentPeriod.to, { startDate, billingCycle }),
  );
  if (next.from === currentPeriod.to) return next;
  throw new Error(`${code} has a period to ${currentPeriod.to}, where none counted from ${startDate} ends`);
}

/** A matter of the calendar alone, so any zone does that has all its days. */
function indexOfDay(
  day: LocalDate,
  { startDate, billingCycle }: Pick<Subscription, 'startDate' | 'billingCycle'>,
) {
  return periodAt({ anchor: startDate, cycle: billingCycle, zone: UTC, instant: `${day}T00:00:00.000Z` })
    .index;
}

function withScheduledChange(
  subscription: Subscription,
  dueAt: Instant,
  { isScheduledVersionThere }: RenewalInput,
): Subscription {
  const { scheduledChange: change } = subscription;
  if (!change) return subscription;
  const done = { ...subscription, scheduledChange: null };
  if (isScheduledVersionThere) return { ...done, planVersion: change.planVersion, droppedChange: null };
  const reason = `plan ${subscription.planCode} has no version ${change.planVersion}`;
  return { ...done, droppedChange: { change, reason, droppedAt: dueAt } };
}
