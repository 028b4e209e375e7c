import {
  addDays,
  type BillingCycle,
  type Currency,
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

/** What somebody subscribes to. */
export interface Terms {
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingCycle: BillingCycle;
  /** Seats, or whatever the vendor sells by the piece: the price of the plan is for one. */
  readonly quantity: number;
}

/** Other terms, once the current period is over. */
export interface PlanChange extends Terms {
  readonly kind: 'plan';
  /** What an operator had scheduled before; it waits again if this is taken back or dropped. */
  readonly instead?: PlanVersionChange;
  readonly effective: 'period_end';
  readonly requestedAt: Instant;
  readonly requestedBy: string;
}

export type ScheduledChange = PlanVersionChange | PlanChange;

/** A change that fell due and could not be made. */
export interface DroppedChange {
  readonly change: ScheduledChange;
  readonly reason: string;
  readonly droppedAt: Instant;
}

/** What fell due and failed; it is tried again. */
export interface SetAside {
  readonly reason: string;
  /** In a row. */
  readonly failures: number;
  readonly retryAt: Instant;
}

/** `freeze` stops the current period, which goes on at resuming; `run` lets periods go by. Neither is paid for. */
export type PauseMode = 'freeze' | 'run';

export interface Pause {
  readonly mode: PauseMode;
  /** The first day that is not covered. */
  readonly since: LocalDate;
  /** The day on which it goes on by itself; null waits for somebody. */
  readonly resumesOn: LocalDate | null;
  readonly reason: string | null;
}

/** Dates are days in `timezone`; periods are half-open. */
export interface Subscription extends Terms {
  readonly code: string;
  /** Null, of those begun before it was kept: the main one of its plan. */
  readonly currency: Currency | null;
  readonly status: SubscriptionStatus;
  readonly timezone: TimeZone;
  readonly startDate: LocalDate;
  /** The first day of the period that all later ones are counted from. */
  readonly anchor: LocalDate;
  /** The first day it no longer covers; null while it has no end. */
  readonly endDate: LocalDate | null;
  readonly currentPeriod: Period;
  /** By how many days pauses have lengthened the current period. */
  readonly frozenDays: number;
  readonly pause: Pause | null;
  readonly autoRenew: boolean;
  /** Names it where payments are made; null is none. */
  readonly paymentMethodId: string | null;
  /** Null when there never was a trial. */
  readonly trialEndsAt: Instant | null;
  /** How many days before the trial's end the last notice of it came; null before the first. */
  readonly trialNotice: number | null;
  /** When a cancellation takes effect, or took it. */
  readonly cancelAt: Instant | null;
  readonly cancelReason: string | null;
  readonly scheduledChange: ScheduledChange | null;
  /** The last one, until a later change is made. */
  readonly droppedChange?: DroppedChange | null;
  readonly setAside?: SetAside | null;
}

export interface NewSubscriptionInput {
  readonly code: string;
  readonly plan: { readonly code: string; readonly version: number; readonly trialDays: number };
  readonly billingCycle: BillingCycle;
  readonly currency: Currency;
  /** Default 1. */
  readonly quantity?: number;
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
  currency,
  quantity = 1,
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
    quantity,
    currency,
    status: isTrial ? 'trial' : 'active',
    timezone,
    startDate,
    anchor: startDate,
    endDate: null,
    currentPeriod: isTrial ? { from: startDate, to: trialEnd } : periodByIndex(startDate, billingCycle, 0),
    frozenDays: 0,
    pause: null,
    autoRenew: true,
    paymentMethodId: null,
    trialEndsAt: isTrial ? startOfLocalDay(trialEnd, timezone) : null,
    trialNotice: null,
    cancelAt: null,
    cancelReason: null,
    scheduledChange: null,
  };
}

/** Whether it still gives its tenant something. */
export function isLive({ status }: Pick<Subscription, 'status'>): boolean {
  return status === 'trial' || status === 'active' || status === 'past_due';
}
