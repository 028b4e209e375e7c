import { type Instant } from '@landlord/kernel/pure';
import { endOf } from './subscription.due.js';
import { changeData, type LifecycleEvent, termsOf } from './subscription.event.js';
import { isLive, type PlanVersionChange, type Subscription } from './subscription.js';

export interface MigrationInput {
  readonly planCode: string;
  readonly toVersion: number;
  /** Only those that signed one of these; null is any. */
  readonly fromVersions: readonly number[] | null;
  readonly when: 'now' | 'renewal';
  readonly requestedAt: Instant;
  readonly requestedBy: string;
}

export type SkipReason =
  | 'no_subscription'
  | 'ended'
  | 'other_plan'
  | 'not_from_version'
  | 'already_there'
  | 'already_scheduled';

export type MigrationDecision =
  | { readonly kind: 'move'; readonly subscription: Subscription; readonly events: readonly LifecycleEvent[] }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/**
 * What a migration makes of one subscription. It only ever goes up: asked again, or late, it cannot undo what
 * was done since.
 */
export function migrate(subscription: Subscription, input: MigrationInput): MigrationDecision {
  const { planVersion, scheduledChange } = subscription;
  const { toVersion, fromVersions, when } = input;
  if (!isLive(subscription)) return skip('ended');
  if (subscription.planCode !== input.planCode) return skip('other_plan');
  if (planVersion >= toVersion) return skip('already_there');
  if (fromVersions && !fromVersions.includes(planVersion)) return skip('not_from_version');
  // A change that the tenant asked for is not taken away by one it did not.
  const isChosen = scheduledChange?.kind === 'plan';
  const scheduledVersion = scheduledChange?.planVersion ?? 0;
  if (when === 'now') {
    const isOvertaken = !isChosen && scheduledVersion <= toVersion;
    return moveNow(subscription, isOvertaken, input);
  }
  if (isChosen || scheduledVersion >= toVersion) return skip('already_scheduled');
  return moveLater(subscription, input);
}

/** `isOvertaken`: the change that waits leads no further. */
function moveNow(
  subscription: Subscription,
  isOvertaken: boolean,
  { toVersion, requestedAt }: MigrationInput,
): MigrationDecision {
  const { scheduledChange } = subscription;
  const after = {
    ...subscription,
    planVersion: toVersion,
    scheduledChange: isOvertaken ? null : scheduledChange,
  };
  const superseded = isOvertaken && scheduledChange ? changeData(scheduledChange) : null;
  const event: LifecycleEvent = {
    name: 'subscription.plan_changed',
    effectiveAt: requestedAt,
    data: { from: termsOf(subscription), to: termsOf(after), when: 'migration', superseded },
  };
  return { kind: 'move', subscription: after, events: [event] };
}

function moveLater(
  subscription: Subscription,
  { toVersion, requestedAt, requestedBy }: MigrationInput,
): MigrationDecision {
  const { scheduledChange: before } = subscription;
  const change: PlanVersionChange = {
    kind: 'plan_version',
    planVersion: toVersion,
    effective: 'renewal',
    requestedAt,
    requestedBy,
  };
  const event: LifecycleEvent = {
    name: 'subscription.change_scheduled',
    effectiveAt: requestedAt,
    data: {
      change: changeData(change),
      effectiveAt: endOf(subscription),
      superseded: before && changeData(before),
    },
  };
  return { kind: 'move', subscription: { ...subscription, scheduledChange: change }, events: [event] };
}

function skip(reason: SkipReason): MigrationDecision {
  return { kind: 'skip', reason };
}
