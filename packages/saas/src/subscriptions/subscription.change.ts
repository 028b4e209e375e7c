import { type BillingCycle, type Instant, localDateOf } from '@landlord/kernel/pure';
import { endOf } from './subscription.due.js';
import { changeData, changeName, type LifecycleEvent, sameTerms, termsOf } from './subscription.event.js';
import { isLive, type PlanChange, type Subscription, type Terms } from './subscription.js';
import { periodsFrom } from './subscription.period.js';
import { activated, cancelled, withScheduledChange } from './subscription.renewal.js';
import {
  canBecome,
  changed,
  type Decision,
  type LifecycleFacts,
  type PlanTerms,
  refused,
  UNCHANGED,
} from './subscription.transitions.js';
import { leftWithout, migrationIn } from './subscription.waiting.js';

const BEGIN_ANEW = 'it has ended; POST /subscription/activate begins another';
const RESUME = 'POST /subscription/resume comes first';

export interface PlanChangeInput {
  readonly plan: PlanTerms;
  /** Default: as it is. */
  readonly billingCycle?: BillingCycle;
  /** Default: as it is. */
  readonly quantity?: number;
  readonly when: 'now' | 'period_end';
}

/** A trial stays a trial; what is due at its end follows from the new plan. */
export function changePlan(
  subscription: Subscription,
  { plan, when, ...chosen }: PlanChangeInput,
  facts: LifecycleFacts,
): Decision {
  const { status } = subscription;
  if (!isLive(subscription)) return refused(subscription, 'active', BEGIN_ANEW);
  if (status === 'past_due') return refused(subscription, 'active', 'pay what is owed first');
  const { billingCycle = subscription.billingCycle, quantity = subscription.quantity } = chosen;
  const to = { planCode: plan.code, planVersion: plan.version, billingCycle, quantity };
  if (sameTerms(subscription, to)) return stay(subscription, facts);
  if (when === 'now' && subscription.pause) return refused(subscription, 'active', RESUME);
  return when === 'now' ? changeNow(subscription, to, facts) : schedule(subscription, to, facts);
}

/** Ends a trial today. */
export function activate(
  subscription: Subscription,
  input: { readonly paymentMethodId?: string; readonly billingCycle?: BillingCycle },
  facts: LifecycleFacts,
): Decision {
  const { status, timezone } = subscription;
  if (status === 'past_due') return refused(subscription, 'active', 'pay what is owed');
  if (subscription.pause) return refused(subscription, 'active', RESUME);
  if (status === 'active') return refused(subscription, 'active', 'it is active already');
  if (!canBecome(status, 'active')) return refused(subscription, 'active', BEGIN_ANEW);
  const planned = withScheduledChange(subscription, facts.now, facts);
  const { paymentMethodId = subscription.paymentMethodId, billingCycle = planned.subscription.billingCycle } =
    input;
  const periods = periodsFrom(localDateOf(facts.now, timezone), billingCycle);
  const kept = { cancelAt: null, cancelReason: null };
  const after = { ...planned.subscription, ...kept, ...periods, billingCycle, paymentMethodId };
  return activated(after, facts.now, planned.events);
}

/** Now: the day itself is no longer covered. */
export function cancel(
  subscription: Subscription,
  { reason, when }: { readonly reason: string; readonly when: 'now' | 'period_end' },
  { now }: Pick<LifecycleFacts, 'now'>,
): Decision {
  const { status, cancelAt, timezone } = subscription;
  if (!canBecome(status, 'cancelled')) return refused(subscription, 'cancelled', 'it has ended');
  if (when === 'now') {
    const endDate = localDateOf(now, timezone);
    return cancelled({ ...subscription, cancelReason: reason }, { at: now, endDate });
  }
  if (cancelAt !== null) return UNCHANGED;
  if (subscription.pause?.mode === 'freeze')
    return refused(subscription, 'cancelled', 'its period stands still; cancel it now, or resume it first');
  const at = endOf(subscription);
  return changed(
    { ...subscription, cancelAt: at, cancelReason: reason },
    {
      name: 'subscription.cancellation_scheduled',
      effectiveAt: now,
      data: { ...termsOf(subscription), cancelAt: at, reason },
    },
  );
}

/** Takes back what has not taken effect yet: a cancellation, or else a change of plan. */
export function reactivate(subscription: Subscription, { now }: Pick<LifecycleFacts, 'now'>): Decision {
  const { cancelAt, scheduledChange: change } = subscription;
  if (!isLive(subscription)) return refused(subscription, 'active', BEGIN_ANEW);
  if (cancelAt !== null) return withoutCancellation(subscription, { now });
  if (change?.kind === 'plan') return withoutChange(subscription, { now });
  return refused(subscription, 'active', 'no cancellation and no change of plan waits to be taken back');
}

export function withoutCancellation(
  subscription: Subscription,
  { now }: Pick<LifecycleFacts, 'now'>,
): Decision {
  const { cancelAt } = subscription;
  const after = { ...subscription, cancelAt: null, cancelReason: null };
  const data = { ...termsOf(after), takenBack: { kind: 'cancellation', cancelAt } };
  return changed(after, { name: 'subscription.reactivated', effectiveAt: now, data });
}

/** The scheduled change goes, and what an operator had scheduled before waits again; everything else stays as it is. */
export function withoutChange(subscription: Subscription, { now }: Pick<LifecycleFacts, 'now'>): Decision {
  const { scheduledChange: change } = subscription;
  const data = { ...termsOf(subscription), takenBack: change && changeData(change) };
  const left = leftWithout(change, subscription, { now, effectiveAt: endOf(subscription) });
  const event = { name: 'subscription.reactivated', effectiveAt: now, data } as const;
  return changed({ ...subscription, scheduledChange: left.scheduledChange }, event, ...left.events);
}

export function amend(
  subscription: Subscription,
  change: Partial<Pick<Subscription, 'autoRenew' | 'paymentMethodId'>>,
): Decision {
  if (!isLive(subscription)) return refused(subscription, 'active', BEGIN_ANEW);
  return changed({ ...subscription, ...change });
}

/** What is chosen is what there is: then a change that waits is no longer wanted. */
function stay(subscription: Subscription, facts: LifecycleFacts): Decision {
  return subscription.scheduledChange?.kind === 'plan' ? withoutChange(subscription, facts) : UNCHANGED;
}

function changeNow(subscription: Subscription, to: Terms, { now }: LifecycleFacts): Decision {
  const { status, timezone, cancelAt } = subscription;
  const isNewPeriod = status === 'active' && to.billingCycle !== subscription.billingCycle;
  const periods = isNewPeriod ? periodsFrom(localDateOf(now, timezone), to.billingCycle) : {};
  const moved = { ...subscription, ...to, ...periods, droppedChange: null };
  const waiting = waitingAfter(subscription, moved, now);
  const after = { ...moved, scheduledChange: waiting.scheduledChange };
  const changing: LifecycleEvent = {
    name: changeName(subscription, to),
    effectiveAt: now,
    data: {
      from: termsOf(subscription),
      to: termsOf(after),
      when: 'now',
      superseded: waiting.superseded && changeData(waiting.superseded),
    },
  };
  return changed(
    { ...after, cancelAt: cancelAt === null ? null : endOf(after) },
    changing,
    ...waiting.events,
  );
}

/** A change that was chosen gives way to another. A migration waits on, unless its plan is left. */
function waitingAfter(
  { planCode, scheduledChange: before }: Subscription,
  after: Subscription,
  now: Instant,
) {
  const isOwnPlan = after.planCode === planCode;
  if (before?.kind === 'plan_version' && isOwnPlan)
    return { scheduledChange: before, superseded: null, events: [] };
  const left = leftWithout(isOwnPlan ? before : null, after, { now, effectiveAt: endOf(after) });
  return { ...left, superseded: before };
}

function schedule(subscription: Subscription, to: Terms, { now, userId }: LifecycleFacts): Decision {
  const { cancelAt, scheduledChange: before } = subscription;
  if (cancelAt !== null)
    return refused(
      subscription,
      'active',
      `it is cancelled from ${cancelAt} on; POST /subscription/reactivate takes that back`,
    );
  if (before?.kind === 'plan' && sameTerms(before, to)) return UNCHANGED;
  const instead = migrationIn(before);
  const change: PlanChange = {
    kind: 'plan',
    ...to,
    ...(instead ? { instead } : {}),
    effective: 'period_end',
    requestedAt: now,
    requestedBy: userId,
  };
  const data = {
    change: changeData(change),
    effectiveAt: endOf(subscription),
    superseded: before && changeData(before),
  };
  return changed(
    { ...subscription, scheduledChange: change, droppedChange: null },
    { name: 'subscription.change_scheduled', effectiveAt: now, data },
  );
}
