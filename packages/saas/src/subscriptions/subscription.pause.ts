import {
  addDays,
  daysBetween,
  type Instant,
  type LocalDate,
  localDateOf,
  startOfLocalDay,
} from '@landlord/kernel/pure';
import { type LifecycleEvent, periodData, termsOf } from './subscription.event.js';
import { type Pause, type Subscription } from './subscription.js';
import { type Changed, changed, type Decision, refused, UNCHANGED } from './subscription.transitions.js';

export type PauseInput = Pick<Pause, 'mode' | 'resumesOn' | 'reason'>;

interface Now {
  readonly now: Instant;
}

/** From today on, which is no longer covered. Asked again, only the day on which it goes on by itself changes. */
export function pause(
  subscription: Subscription,
  { mode, resumesOn, reason }: PauseInput,
  { now }: Now,
): Decision {
  const { status, timezone, cancelAt, pause: before } = subscription;
  if (status === 'past_due' && !before) return refused(subscription, 'paused', 'pay what is owed first');
  if (status === 'trial') return refused(subscription, 'paused', 'a trial cannot be paused');
  if (status !== 'active' && status !== 'past_due')
    return refused(subscription, 'paused', 'it has ended; POST /subscription/activate begins another');
  const today = localDateOf(now, timezone);
  if (resumesOn !== null && resumesOn <= today)
    return refused(subscription, 'paused', `resumesOn must be after ${today}`);
  if (before) return amendPause(subscription, before, { mode, resumesOn });
  if (cancelAt !== null)
    return refused(
      subscription,
      'paused',
      `it is cancelled from ${cancelAt} on; POST /subscription/reactivate takes that back`,
    );
  const after = { ...subscription, pause: { mode, since: today, resumesOn, reason } };
  const data = { ...termsOf(after), pause: { ...after.pause } };
  return changed(after, { name: 'subscription.paused', effectiveAt: now, data });
}

/** From today on, which is covered again. */
export function resume(subscription: Subscription, { now }: Now): Decision {
  if (!subscription.pause) return refused(subscription, 'active', 'it is not paused');
  return resumed(subscription, now);
}

/** At the day it was paused until. */
export function endPause(subscription: Subscription, { at }: { at: Instant }): Changed {
  return resumed(subscription, at);
}

/** When it goes on by itself; null when it does not. */
export function resumesAt({ pause: paused, timezone }: Subscription): Instant | null {
  return paused?.resumesOn ? startOfLocalDay(paused.resumesOn, timezone) : null;
}

function amendPause(
  subscription: Subscription,
  before: Pause,
  { mode, resumesOn }: Pick<PauseInput, 'mode' | 'resumesOn'>,
): Decision {
  if (before.mode !== mode)
    return refused(subscription, 'paused', `it is paused by "${before.mode}"; resume it first`);
  if (before.resumesOn === resumesOn) return UNCHANGED;
  return changed({ ...subscription, pause: { ...before, resumesOn } });
}

function resumed(subscription: Subscription, at: Instant): Changed {
  const { pause: paused, timezone } = subscription;
  const day = localDateOf(at, timezone);
  const after: Subscription = {
    ...subscription,
    ...(paused?.mode === 'freeze' ? lengthened(subscription, { from: paused.since, to: day }) : {}),
    pause: null,
  };
  const event: LifecycleEvent = {
    name: 'subscription.resumed',
    effectiveAt: at,
    data: { ...termsOf(after), period: periodData(after), pause: paused && { ...paused } },
  };
  return changed(after, event);
}

/** The days that stood still come after the period's end, and the later periods are counted from there. */
function lengthened(subscription: Subscription, frozen: { from: LocalDate; to: LocalDate }) {
  const { currentPeriod, frozenDays } = subscription;
  const days = frozen.to > frozen.from ? daysBetween(frozen) : 0;
  if (days === 0) return {};
  const to = addDays(currentPeriod.to, days);
  return { anchor: to, currentPeriod: { ...currentPeriod, to }, frozenDays: frozenDays + days };
}
