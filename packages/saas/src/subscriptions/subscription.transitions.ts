import { type Instant, LandlordError } from '@landlord/kernel/pure';
import { type Plan } from '../plans/plan.js';
import { type PricedPlan, priceOf } from '../plans/plan.price.js';
import { type LifecycleEvent } from './subscription.event.js';
import { type Subscription, type SubscriptionStatus } from './subscription.js';

/**
 * What a subscription may become. `active` to `active` is a renewal. What has ended stays so: a tenant that comes
 * back begins another subscription.
 */
export const TRANSITIONS: Readonly<Record<SubscriptionStatus, readonly SubscriptionStatus[]>> = {
  trial: ['active', 'expired', 'cancelled'],
  active: ['active', 'past_due', 'cancelled', 'expired'],
  past_due: ['active', 'cancelled'],
  cancelled: [],
  expired: [],
};

export type PlanTerms = Pick<Plan, 'code' | 'version'> & PricedPlan;

/** Whether the scheduled change can be made, and to what it leads. */
export type ScheduledOutcome =
  | { readonly kind: 'possible'; readonly plan: PlanTerms }
  | { readonly kind: 'impossible'; readonly reason: string };

/** What a decision rests on beside the subscription. */
export interface LifecycleFacts {
  readonly now: Instant;
  readonly userId: string;
  /** The version that was signed. */
  readonly plan: PlanTerms;
  /** Of the scheduled change; null when there is none. */
  readonly scheduled: ScheduledOutcome | null;
}

export interface Changed {
  readonly kind: 'changed';
  readonly subscription: Subscription;
  readonly events: readonly LifecycleEvent[];
}

/** A status, or what stands beside it. */
export type State = SubscriptionStatus | 'paused';

export interface Refused {
  readonly kind: 'refused';
  readonly from: State;
  readonly to: State;
  readonly message: string;
}

export type Decision = Changed | { readonly kind: 'unchanged' } | Refused;

export const UNCHANGED: Decision = { kind: 'unchanged' };

export function canBecome(from: SubscriptionStatus, to: SubscriptionStatus): boolean {
  return TRANSITIONS[from].includes(to);
}

export function changed(subscription: Subscription, ...events: readonly LifecycleEvent[]): Changed {
  return { kind: 'changed', subscription, events };
}

/** `hint`: how to get there, or why not. */
export function refused({ code, status, pause }: Subscription, to: State, hint: string): Refused {
  const from = pause ? 'paused' : status;
  const message = `subscription ${code} is ${from} and cannot become ${to} this way: ${hint}`;
  return { kind: 'refused', from, to, message };
}

/** As callers get it. */
export function refusalOf({ from, to, message }: Refused): LandlordError {
  return new LandlordError('invalid_transition', message, { facts: { from, to } });
}

/** Whether a subscription on these terms costs nothing. */
export function isFree({ billingCycle, currency }: Subscription, plan: PlanTerms): boolean {
  return priceOf(plan, billingCycle, currency ?? plan.currency) === 0;
}
