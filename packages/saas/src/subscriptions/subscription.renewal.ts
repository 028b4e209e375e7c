import { type Instant } from '@landlord/kernel/pure';
import { endOf } from './subscription.due.js';
import { changeData, changeName, type LifecycleEvent, periodData, termsOf } from './subscription.event.js';
import { type Subscription } from './subscription.js';
import { nextPeriods, periodsFrom } from './subscription.period.js';
import { type Changed, changed, isFree, type LifecycleFacts } from './subscription.transitions.js';
import { leftWithout } from './subscription.waiting.js';

type DueFacts = Pick<LifecycleFacts, 'plan' | 'scheduled'>;

/** The next period, with what was scheduled for it. */
export function renew(subscription: Subscription, facts: DueFacts): Changed {
  const at = endOf(subscription);
  const planned = withScheduledChange(subscription, at, facts);
  const { billingCycle } = planned.subscription;
  const after = { ...planned.subscription, ...nextPeriods(subscription, billingCycle) };
  const data = { ...termsOf(after), period: periodData(after) };
  return changed(after, ...planned.events, { name: 'subscription.renewed', effectiveAt: at, data });
}

/**
 * `active` with a means of payment or on a free plan, unless automatic renewal was turned off; otherwise `expired`.
 * The first paid period begins on the day after the trial, and the later ones are counted from it.
 */
export function endTrial(subscription: Subscription, facts: DueFacts): Changed {
  const at = endOf(subscription);
  const planned = withScheduledChange(subscription, at, facts);
  const { autoRenew, paymentMethodId, billingCycle } = planned.subscription;
  const isCovered = paymentMethodId !== null || isFree(planned.subscription, planned.plan);
  if (!autoRenew || !isCovered) return expire(subscription);
  const periods = periodsFrom(subscription.currentPeriod.to, billingCycle);
  return activated({ ...planned.subscription, ...periods }, at, planned.events);
}

/** The end of a period that nobody wants renewed. */
export function expire(subscription: Subscription): Changed {
  const at = endOf(subscription);
  const { status, currentPeriod } = subscription;
  const ended = { ...subscription, status: 'expired' as const, endDate: currentPeriod.to, pause: null };
  const event: LifecycleEvent = {
    name: 'subscription.expired',
    effectiveAt: at,
    data: { ...termsOf(ended), from: status, endDate: currentPeriod.to },
  };
  return withoutChange(ended, at, event);
}

/** The end of a period for which a cancellation waits. */
export function endCancelled(subscription: Subscription): Changed {
  return cancelled(subscription, { at: endOf(subscription), endDate: subscription.currentPeriod.to });
}

export function cancelled(
  subscription: Subscription,
  { at, endDate }: { at: Instant; endDate: string },
): Changed {
  const { status, cancelReason } = subscription;
  const ended = { ...subscription, status: 'cancelled' as const, endDate, cancelAt: at, pause: null };
  const data = { ...termsOf(ended), from: status, endDate, reason: cancelReason };
  return withoutChange(ended, at, { name: 'subscription.cancelled', effectiveAt: at, data });
}

/** A notice that the trial is about to end. */
export function noticeTrialEnd(subscription: Subscription, daysLeft: number, at: Instant): Changed {
  const { trialEndsAt } = subscription;
  const data = { ...termsOf(subscription), daysLeft, trialEndsAt };
  const event = { name: 'subscription.trial_ending', effectiveAt: at, data } as const;
  return changed({ ...subscription, trialNotice: daysLeft }, event);
}

export function activated(
  subscription: Subscription,
  at: Instant,
  events: readonly LifecycleEvent[] = [],
): Changed {
  const after: Subscription = { ...subscription, status: 'active', trialEndsAt: at };
  const data = { ...termsOf(after), period: periodData(after) };
  return changed(after, ...events, { name: 'subscription.activated', effectiveAt: at, data });
}

/** Makes the scheduled change, or drops it and says why. `plan`: the terms that hold from then on. */
export function withScheduledChange(subscription: Subscription, at: Instant, { plan, scheduled }: DueFacts) {
  const { scheduledChange: change } = subscription;
  if (!change) return { subscription, events: [], plan };
  if (scheduled?.kind !== 'possible') {
    const reason = scheduled?.reason ?? 'it could not be looked at';
    const dropped = withoutChange(subscription, at, null, reason);
    const left = leftWithout(change, subscription, { now: at, effectiveAt: null });
    return {
      subscription: { ...dropped.subscription, scheduledChange: left.scheduledChange },
      events: [...dropped.events, ...left.events],
      plan,
    };
  }
  const { code: planCode, version: planVersion } = scheduled.plan;
  const { billingCycle, quantity } = change.kind === 'plan' ? change : subscription;
  const after: Subscription = {
    ...subscription,
    planCode,
    planVersion,
    billingCycle,
    quantity,
    scheduledChange: null,
    droppedChange: null,
  };
  const event: LifecycleEvent = {
    name: changeName(subscription, after),
    effectiveAt: at,
    data: { from: termsOf(subscription), to: termsOf(after), when: change.effective },
  };
  return { subscription: after, events: [event], plan: scheduled.plan };
}

/** A change that is not made is told of, never only gone. */
function withoutChange(
  subscription: Subscription,
  at: Instant,
  event: LifecycleEvent | null,
  reason = `the subscription is ${subscription.status}`,
): Changed {
  const { scheduledChange: change } = subscription;
  const events = event ? [event] : [];
  if (!change) return changed(subscription, ...events);
  const dropped: LifecycleEvent = {
    name: 'subscription.change_dropped',
    effectiveAt: at,
    data: { change: changeData(change), reason },
  };
  const droppedChange = { change, reason, droppedAt: at };
  return changed({ ...subscription, scheduledChange: null, droppedChange }, dropped, ...events);
}
