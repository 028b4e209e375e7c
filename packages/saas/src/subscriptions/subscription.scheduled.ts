import { assertNever, type Instant } from '@landlord/kernel/pure';
import { withoutCancellation, withoutChange } from './subscription.change.js';
import { endOf } from './subscription.due.js';
import { changeData } from './subscription.event.js';
import { isLive, type Subscription } from './subscription.js';
import { pause, resumesAt } from './subscription.pause.js';
import { type Decision, UNCHANGED } from './subscription.transitions.js';

export const SCHEDULED_KINDS = ['cancellation', 'plan', 'plan_version', 'resume'] as const;

/** There is at most one of each kind. */
export type ScheduledKind = (typeof SCHEDULED_KINDS)[number];

/** Something that waits and can be taken back. */
export interface Scheduled {
  readonly kind: ScheduledKind;
  /** Null while the period stands still. */
  readonly effectiveAt: Instant | null;
  readonly details: ReturnType<typeof changeData>;
}

/** All that waits, each for itself. */
export function scheduledOf(subscription: Subscription): Scheduled[] {
  if (!isLive(subscription)) return [];
  const { cancelAt, cancelReason, scheduledChange: change, pause: paused } = subscription;
  const scheduled: Scheduled[] = [];
  if (cancelAt !== null)
    scheduled.push({ kind: 'cancellation', effectiveAt: cancelAt, details: { reason: cancelReason } });
  if (change) {
    const { kind, ...details } = changeData(change);
    const effectiveAt = paused?.mode === 'freeze' ? null : endOf(subscription);
    scheduled.push({ kind: change.kind, effectiveAt, details });
  }
  const at = resumesAt(subscription);
  if (paused && at !== null)
    scheduled.push({ kind: 'resume', effectiveAt: at, details: { mode: paused.mode } });
  return scheduled;
}

/** Takes one of them back; the others stay. */
export function revoke(subscription: Subscription, kind: ScheduledKind, now: Instant): Decision {
  if (!scheduledOf(subscription).some((scheduled) => scheduled.kind === kind)) return UNCHANGED;
  switch (kind) {
    case 'cancellation':
      return withoutCancellation(subscription, { now });
    case 'plan':
    case 'plan_version':
      return withoutChange(subscription, { now });
    case 'resume':
      return withoutResume(subscription, now);
    default:
      return assertNever(kind);
  }
}

function withoutResume(subscription: Subscription, now: Instant): Decision {
  const { pause: paused } = subscription;
  return paused ? pause(subscription, { ...paused, resumesOn: null }, { now }) : UNCHANGED;
}
