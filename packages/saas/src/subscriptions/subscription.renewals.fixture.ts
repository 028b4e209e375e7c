import { type CommandService, type Store } from '@landlord/kernel';
import { SubscriptionDuePage } from './subscription.due.page.service.js';
import { type SubscriptionDueWork } from './subscription.due.service.js';
import { SubscriptionRenewals } from './subscription.renewals.service.js';
import { SubscriptionSetAside } from './subscription.set-aside.service.js';

export interface RenewalParts {
  readonly commandService: CommandService;
  readonly dueWork: SubscriptionDueWork;
  readonly store: Store;
}

/** As the module puts it together. */
export function renewalsOf({ commandService, dueWork, store }: RenewalParts): SubscriptionRenewals {
  const setAside = new SubscriptionSetAside(commandService, store);
  return new SubscriptionRenewals(new SubscriptionDuePage(commandService, dueWork, setAside, store), store);
}
