import { type Instant, type JsonObject } from '@landlord/kernel/pure';
import { type ScheduledChange, type Subscription, type Terms } from './subscription.js';

export const LIFECYCLE_EVENTS = [
  'subscription.created',
  'subscription.trial_ending',
  'subscription.activated',
  'subscription.renewed',
  'subscription.plan_changed',
  'subscription.quantity_changed',
  'subscription.change_scheduled',
  'subscription.change_dropped',
  'subscription.cancellation_scheduled',
  'subscription.cancelled',
  'subscription.reactivated',
  'subscription.expired',
  'subscription.past_due',
  'subscription.recovered',
  'subscription.paused',
  'subscription.resumed',
] as const;

export type LifecycleEventName = (typeof LIFECYCLE_EVENTS)[number];

/** Something that happened to a subscription; kept with the change itself, so that it is never lost or told twice. */
export interface LifecycleEvent {
  readonly name: LifecycleEventName;
  /** When it takes effect, which may be before it was written down. */
  readonly effectiveAt: Instant;
  readonly data: JsonObject;
}

export function termsOf({ planCode, planVersion, billingCycle, quantity }: Terms): Terms & JsonObject {
  return { planCode, planVersion, billingCycle, quantity };
}

/** What terms became: the same plan by the same cycle in another number has a name of its own. */
export function changeName(
  from: Terms,
  to: Terms,
): 'subscription.plan_changed' | 'subscription.quantity_changed' {
  return samePlan(from, to) ? 'subscription.quantity_changed' : 'subscription.plan_changed';
}

export function sameTerms(one: Terms, other: Terms): boolean {
  return samePlan(one, other) && one.quantity === other.quantity;
}

/** All that a bill rests on, as it is after the event: the events of a subscription are its timeline. */
export function stateData(after: Subscription): JsonObject {
  const { status, currency, timezone, currentPeriod, frozenDays, endDate, pause } = after;
  return {
    ...termsOf(after),
    status,
    currency,
    timezone,
    currentPeriod: { ...currentPeriod },
    frozenDays,
    endDate,
    pause: pause && { mode: pause.mode, since: pause.since },
  };
}

export function changeData(change: ScheduledChange): JsonObject {
  if (change.kind === 'plan_version') return { ...change };
  const { instead, ...chosen } = change;
  return { ...chosen, ...(instead ? { instead: { ...instead } } : {}) };
}

export function periodData({ currentPeriod }: Pick<Subscription, 'currentPeriod'>): JsonObject {
  return { ...currentPeriod };
}

function samePlan(one: Terms, other: Terms): boolean {
  return (
    one.planCode === other.planCode &&
    one.planVersion === other.planVersion &&
    one.billingCycle === other.billingCycle
  );
}
