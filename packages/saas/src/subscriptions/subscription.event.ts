import { type Instant, type JsonObject } from '@landlord/kernel/pure';
import { type ScheduledChange, type Subscription } from './subscription.js';

export const LIFECYCLE_EVENTS = [
  'subscription.trial_ending',
  'subscription.activated',
  'subscription.renewed',
  'subscription.plan_changed',
  'subscription.change_scheduled',
  'subscription.change_dropped',
  'subscription.cancellation_scheduled',
  'subscription.cancelled',
  'subscription.reactivated',
  'subscription.expired',
] as const;

export type LifecycleEventName = (typeof LIFECYCLE_EVENTS)[number];

/** Something that happened to a subscription; kept with the change itself, so that it is never lost or told twice. */
export interface LifecycleEvent {
  readonly name: LifecycleEventName;
  /** When it takes effect, which may be before it was written down. */
  readonly effectiveAt: Instant;
  readonly data: JsonObject;
}

export function termsOf({ planCode, planVersion, billingCycle }: Terms): JsonObject {
  return { planCode, planVersion, billingCycle };
}

export function changeData(change: ScheduledChange): JsonObject {
  return { ...change };
}

export function periodData({ currentPeriod }: Pick<Subscription, 'currentPeriod'>): JsonObject {
  return { ...currentPeriod };
}

type Terms = Pick<Subscription, 'planCode' | 'planVersion' | 'billingCycle'>;
