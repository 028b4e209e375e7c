import { type Command, type Instant, type Item } from '@landlord/kernel';
import { cancel } from './subscription.change.js';
import { createEventCommands } from './subscription.event.item.js';
import { changeSubscriptionCommand, subscriptionFromItem } from './subscription.item.js';

/** Ends a subscription with its tenant, as of now; none where it has ended already. */
export function endSubscriptionCommands(item: Item, now: Instant): Command[] {
  const before = subscriptionFromItem(item);
  const decision = cancel(before, { reason: 'the tenant was closed', when: 'now' }, { now });
  if (decision.kind !== 'changed') return [];
  return [
    changeSubscriptionCommand(item, decision.subscription),
    ...createEventCommands(
      item.tenantCode,
      { subscription: decision.subscription, version: item.version + 1 },
      decision.events,
    ),
  ];
}
