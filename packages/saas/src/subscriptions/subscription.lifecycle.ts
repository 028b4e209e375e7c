import { assertNever, type BillingCycle } from '@landlord/kernel/pure';
import {
  activate,
  amend,
  cancel,
  changePlan,
  type PlanChangeInput,
  reactivate,
} from './subscription.change.js';
import { type DueCommand, dueWorkOf } from './subscription.due.js';
import { type Subscription } from './subscription.js';
import { markPastDue, recover } from './subscription.owing.js';
import { endPause, type PauseInput, pause, resume } from './subscription.pause.js';
import { endCancelled, endTrial, expire, noticeTrialEnd, renew } from './subscription.renewal.js';
import { revoke, type ScheduledKind } from './subscription.scheduled.js';
import {
  canBecome,
  type Decision,
  type LifecycleFacts,
  refused,
  UNCHANGED,
} from './subscription.transitions.js';

/** What somebody asks for. */
export type RequestedCommand =
  | { readonly kind: 'activate'; readonly paymentMethodId?: string; readonly billingCycle?: BillingCycle }
  | ({ readonly kind: 'changePlan' } & PlanChangeInput)
  | { readonly kind: 'cancel'; readonly reason: string; readonly when: 'now' | 'period_end' }
  | { readonly kind: 'reactivate' }
  | { readonly kind: 'revoke'; readonly scheduled: ScheduledKind }
  | ({ readonly kind: 'pause' } & PauseInput)
  | { readonly kind: 'resume' }
  | { readonly kind: 'markPastDue'; readonly reason: string }
  | { readonly kind: 'recover' }
  | { readonly kind: 'setAutoRenew'; readonly autoRenew: boolean }
  | { readonly kind: 'setPaymentMethod'; readonly paymentMethodId: string | null };

export type LifecycleCommand = RequestedCommand | DueCommand;

/**
 * What a command makes of a subscription, with the events to tell; or a refusal that names both states. What time
 * brings is done in its order and only when it is due; a subscription that is behind is asked again.
 */
export function decide(
  subscription: Subscription,
  command: LifecycleCommand,
  facts: LifecycleFacts,
): Decision {
  const decision = decisionOf(subscription, command, facts);
  if (decision.kind !== 'changed') return decision;
  const { status } = decision.subscription;
  if (status !== subscription.status && !canBecome(subscription.status, status))
    throw new Error(`${command.kind} made a subscription that was ${subscription.status} ${status}`);
  return isUnchanged(subscription, decision.subscription) ? UNCHANGED : decision;
}

function decisionOf(subscription: Subscription, command: LifecycleCommand, facts: LifecycleFacts): Decision {
  switch (command.kind) {
    case 'activate':
      return activate(subscription, command, facts);
    case 'changePlan':
      return changePlan(subscription, command, facts);
    case 'cancel':
      return cancel(subscription, command, facts);
    case 'reactivate':
      return reactivate(subscription, facts);
    case 'revoke':
      return revoke(subscription, command.scheduled, facts.now);
    case 'pause':
      return pause(subscription, command, facts);
    case 'resume':
      return resume(subscription, facts);
    case 'markPastDue':
      return markPastDue(subscription, command, facts);
    case 'recover':
      return recover(subscription, facts);
    case 'setAutoRenew':
      return amend(subscription, { autoRenew: command.autoRenew });
    case 'setPaymentMethod':
      return amend(subscription, { paymentMethodId: command.paymentMethodId });
    default:
      return dueDecision(subscription, command, facts);
  }
}

function dueDecision(subscription: Subscription, command: DueCommand, facts: LifecycleFacts): Decision {
  const work = dueWorkOf(subscription);
  if (work?.command.kind !== command.kind || work.at > facts.now)
    return refused(subscription, targetOf(command, subscription), `${command.kind} is not due`);
  switch (work.command.kind) {
    case 'noticeTrialEnd':
      return noticeTrialEnd(subscription, work.command.daysLeft, work.at);
    case 'endTrial':
      return endTrial(subscription, facts);
    case 'renew':
      return renew(subscription, facts);
    case 'endCancelled':
      return endCancelled(subscription);
    case 'expire':
      return expire(subscription);
    case 'endPause':
      return endPause(subscription, work);
    default:
      return assertNever(work.command);
  }
}

function targetOf({ kind }: DueCommand, { status }: Subscription) {
  if (kind === 'noticeTrialEnd') return status;
  if (kind === 'endCancelled') return 'cancelled';
  return kind === 'expire' ? 'expired' : 'active';
}

function isUnchanged(before: Subscription, after: Subscription): boolean {
  return Object.entries(after).every(([name, value]) => value === before[name as keyof Subscription]);
}
