import { addDays, assertNever, type Instant, startOfLocalDay } from '@landlord/kernel/pure';
import { type Subscription } from './subscription.js';
import { resumesAt } from './subscription.pause.js';

/** Days before the end of a trial at which its tenant is told, farthest first. */
const NOTICE_DAYS = [3, 1] as const;

export type DueCommand =
  | { readonly kind: 'noticeTrialEnd'; readonly daysLeft: number }
  | { readonly kind: 'endTrial' }
  | { readonly kind: 'renew' }
  | { readonly kind: 'endCancelled' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'endPause' };

export interface DueWork {
  readonly command: DueCommand;
  /** When it falls due, which is when it takes effect, however late it is done. */
  readonly at: Instant;
}

/** Whether it ends a period, which is when a scheduled change is made. */
export function turnsPeriod({ kind }: { readonly kind: string }): boolean {
  return kind === 'endTrial' || kind === 'renew';
}

/** The next thing that time alone brings; null when there is none. */
export function dueWorkOf(subscription: Subscription): DueWork | null {
  const { pause } = subscription;
  if (!pause) return dueWhenRunning(subscription);
  const at = resumesAt(subscription);
  const resuming: DueWork | null = at === null ? null : { command: { kind: 'endPause' }, at };
  const running = pause.mode === 'run' ? dueWhenRunning(subscription) : null;
  if (!resuming || !running) return resuming ?? running;
  return resuming.at <= running.at ? resuming : running;
}

function dueWhenRunning(subscription: Subscription): DueWork | null {
  const { status, cancelAt, autoRenew } = subscription;
  const at = endOf(subscription);
  const ending: DueWork = { command: { kind: 'endCancelled' }, at };
  switch (status) {
    case 'trial':
      return cancelAt === null ? (noticeOf(subscription) ?? { command: { kind: 'endTrial' }, at }) : ending;
    case 'active':
      if (cancelAt !== null) return ending;
      return { command: { kind: autoRenew ? 'renew' : 'expire' }, at };
    // What is owed decides how it goes on.
    case 'past_due':
      return cancelAt === null ? null : ending;
    case 'cancelled':
    case 'expired':
      return null;
    default:
      return assertNever(status);
  }
}

/** When it has to be looked at next. */
export function dueAtOf(subscription: Subscription): Instant | null {
  const at = dueWorkOf(subscription)?.at ?? null;
  const retryAt = subscription.setAside?.retryAt;
  return at !== null && retryAt !== undefined && retryAt > at ? retryAt : at;
}

/** When its current period, or its trial, is over. */
export function endOf({ currentPeriod, timezone }: Subscription): Instant {
  return startOfLocalDay(currentPeriod.to, timezone);
}

/** A trial that is not long enough for a notice does without. */
function noticeOf({ currentPeriod, startDate, timezone, trialNotice }: Subscription): DueWork | null {
  for (const daysLeft of NOTICE_DAYS) {
    const day = addDays(currentPeriod.to, -daysLeft);
    if ((trialNotice === null || trialNotice > daysLeft) && day > startDate)
      return { command: { kind: 'noticeTrialEnd', daysLeft }, at: startOfLocalDay(day, timezone) };
  }
  return null;
}
