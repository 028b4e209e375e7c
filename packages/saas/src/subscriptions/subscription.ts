import {
  addDays,
  assertNever,
  type BillingCycle,
  type Instant,
  type LocalDate,
  localDateOf,
  type Period,
  periodByIndex,
  startOfLocalDay,
  type TimeZone,
} from '@landlord/kernel/pure';

export type SubscriptionStatus = 'trial' | 'active' | 'past_due' | 'cancelled' | 'expired';

/** Another version of the same plan, from the next period on. */
export interface PlanVersionChange {
  readonly kind: 'plan_version';
  readonly planVersion: number;
  readonly effective: 'renewal';
  readonly requestedAt: Instant;
  readonly requestedBy: string;
}

export type ScheduledChange = PlanVersionChange;

/** A change that fell due and could not be made. */
export interface DroppedChange {
  readonly change: ScheduledChange;
  readonly reason: string;
  readonly droppedAt: Instant;
}

/** Dates are days in `timezone`; periods are half-open. */
export interface Subscription {
  readonly code: string;
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingCycle: BillingCycle;
  readonly status: SubscriptionStatus;
  readonly timezone: TimeZone;
  /** The day it began: the anchor from which its periods are counted. */
  readonly startDate: LocalDate;
  /** The first day it no longer covers; null while it has no end. */
  readonly endDate: LocalDate | null;
  readonly currentPeriod: Period;
  readonly autoRenew: boolean;
  readonly trialEndsAt: Instant | null;
  readonly cancelAt: Instant | null;
  readonly scheduledChange: ScheduledChange | null;
  /** The last one, until a later change is made. */
  readonly droppedChange?: DroppedChange | null;
}

export interface NewSubscriptionInput {
  readonly code: string;
  readonly plan: { readonly code: string; readonly version: number; readonly trialDays: number };
  readonly billingCycle: BillingCycle;
  readonly timezone: TimeZone;
  readonly now: Instant;
}

/**
 * A subscription that begins today. A trial of n days is n days of the calendar, whatever the clocks do:
 * 14 days from 2024-03-01 is the period [2024-03-01, 2024-03-15), and it ends as the 15th begins.
 */
export function beginSubscription({
  code,
  plan,
  billingCycle,
  timezone,
  now,
}: NewSubscriptionInput): Subscription {
  const startDate = localDateOf(now, timezone);
  const trialEnd = addDays(startDate, plan.trialDays);
  const isTrial = plan.trialDays > 0;
  return {
    code,
    planCode: plan.code,
    planVersion: plan.version,
    billingCycle,
    status: isTrial ? 'trial' : 'active',
    timezone,
    startDate,
    endDate: null,
    currentPeriod: isTrial ? { from: startDate, to: trialEnd } : periodByIndex(startDate, billingCycle, 0),
    autoRenew: true,
    trialEndsAt: isTrial ? startOfLocalDay(trialEnd, timezone) : null,
    cancelAt: null,
    scheduledChange: null,
  };
}

/** When something falls due for it: the end of its trial or of its period. Null when it is over. */
export function dueAtOf({ status, trialEndsAt, currentPeriod, timezone }: Subscription): Instant | null {
  switch (status) {
    case 'trial':
      return trialEndsAt;
    case 'active':
    case 'past_due':
      return startOfLocalDay(currentPeriod.to, timezone);
    case 'cancelled':
    case 'expired':
      return null;
    default:
      return assertNever(status);
  }
}

/** Whether it still gives its tenant something. */
export function isLive({ status }: Pick<Subscription, 'status'>): boolean {
  return status === 'trial' || status === 'active' || status === 'past_due';
}
