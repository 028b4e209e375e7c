import { type Instant } from '@landlord/kernel/pure';
import { termsOf } from './subscription.event.js';
import { type Subscription } from './subscription.js';
import { canBecome, changed, type Decision, refused, UNCHANGED } from './subscription.transitions.js';

/** Something is owed: it goes on for now, but no period begins until it is paid. */
export function markPastDue(
  subscription: Subscription,
  { reason }: { readonly reason: string },
  { now }: { readonly now: Instant },
): Decision {
  const { status } = subscription;
  if (status === 'past_due') return UNCHANGED;
  if (!canBecome(status, 'past_due'))
    return refused(subscription, 'past_due', 'only an active subscription can owe something');
  const after: Subscription = { ...subscription, status: 'past_due' };
  const data = { ...termsOf(after), reason };
  return changed(after, { name: 'subscription.past_due', effectiveAt: now, data });
}

/** What was owed is paid. Periods that went by meanwhile begin now, one after the other. */
export function recover(subscription: Subscription, { now }: { readonly now: Instant }): Decision {
  const { status } = subscription;
  if (status === 'active') return UNCHANGED;
  if (status !== 'past_due') return refused(subscription, 'active', 'it owes nothing');
  const after: Subscription = { ...subscription, status: 'active' };
  return changed(after, { name: 'subscription.recovered', effectiveAt: now, data: termsOf(after) });
}
