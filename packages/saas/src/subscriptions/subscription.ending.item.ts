import { type Command, type Instant, type Item, localDateOf, timeZoneOf } from '@landlord/kernel';
import { subscriptionView } from './subscription.item.js';
import { isLive } from './subscription.js';

/** Ends a subscription with its tenant: today is the first day it no longer covers. Null when it has ended already. */
export function endSubscriptionCommand(item: Item, now: Instant): Command | null {
  const subscription = subscriptionView(item);
  if (!isLive(subscription)) return null;
  const endDate = localDateOf(now, timeZoneOf(subscription.timezone));
  const { pk, sk, version } = item;
  const attributes = { status: 'cancelled', endDate, autoRenew: false, scheduledChange: null };
  return { kind: 'partial', pk, sk, version, dueAt: null, attributes };
}
