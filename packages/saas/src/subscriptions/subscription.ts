import {
  addDays,
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
  readonly scheduledChange: null;
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

/** Whether it gives a right to the plan: at most one of a tenant's subscriptions does. */
export function isCurrent(status: SubscriptionStatus): boolean {
  return status === 'trial' || status === 'active' || status === 'past_due';
}
