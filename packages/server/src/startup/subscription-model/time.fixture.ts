import { addDays, type BillingCycle, type Instant, type LocalDate, periodByIndex } from '@landlord/kernel';
import {
  beginningOf,
  changed,
  isTooSmall,
  migrationBehind,
  planOf,
  type Standing,
  type Told,
  type Waiting,
  type World,
} from './world.fixture.js';

/** What time brings next to the subscription, as the README says. */
interface Due {
  readonly at: Instant;
  readonly bring: (world: World, at: Instant) => World;
}

/** One thing that is due by now done; null when nothing is. */
export function oneDue(world: World): World | null {
  const due = nextDue(world);
  return due && due.at <= world.now ? due.bring(world, due.at) : null;
}

export function allDue(world: World): World {
  let current = world;
  for (let next = oneDue(current); next; next = oneDue(current)) current = next;
  return current;
}

function nextDue(world: World): Due | null {
  const { pause } = world.standing;
  const resumption = pause?.resumesOn ? { at: beginningOf(world, pause.resumesOn), bring: resumed } : null;
  if (pause?.mode === 'freeze') return resumption;
  const running = nextOfPeriod(world);
  return resumption && (!running || resumption.at <= running.at) ? resumption : running;
}

function nextOfPeriod(world: World): Due | null {
  const { status, cancelAt, autoRenew, currentPeriod } = world.standing;
  const at = beginningOf(world, currentPeriod.to);
  if (status === 'cancelled' || status === 'expired') return null;
  if (cancelAt !== null)
    return { at, bring: (each) => ended(each, 'cancelled', { at, day: currentPeriod.to }) };
  if (status === 'past_due') return null;
  if (status === 'trial') return notice(world) ?? { at, bring: trialEnded };
  return { at, bring: autoRenew ? renewed : expired };
}

/** Three days and one day before the end, but for the day on which the trial began. */
function notice(world: World): Due | null {
  const { currentPeriod, startDate, trialNotice } = world.standing;
  for (const daysLeft of [3, 1]) {
    const day = addDays(currentPeriod.to, -daysLeft);
    if (day <= startDate || (trialNotice !== null && trialNotice <= daysLeft)) continue;
    const at = beginningOf(world, day);
    return { at, bring: (each) => changed(each, { trialNotice: daysLeft }, ['trial_ending', at]) };
  }
  return null;
}

function trialEnded(world: World, at: Instant): World {
  const { change, told } = planned(world, at);
  const after = { ...world.standing, ...change };
  const { monthlyPrice, yearlyPrice } = planOf(world, after.planCode);
  const isFree = (after.billingCycle === 'monthly' ? monthlyPrice : yearlyPrice) === 0;
  if (!after.autoRenew || (after.paymentMethodId === null && !isFree)) return expired(world, at);
  const periods = periodsFrom(after.currentPeriod.to, after.billingCycle);
  return changed(world, { ...change, ...periods, status: 'active', trialEndsAt: at }, ...told, [
    'activated',
    at,
  ]);
}

function renewed(world: World, at: Instant): World {
  const { change, told } = planned(world, at);
  const after = { ...world.standing, ...change };
  return changed(world, { ...change, ...periodsAfter(after) }, ...told, ['renewed', at]);
}

function expired(world: World, at: Instant): World {
  return ended(world, 'expired', { at, day: world.standing.currentPeriod.to });
}

/** A change that waits does not survive the end. */
export function ended(
  world: World,
  status: 'cancelled' | 'expired',
  { at, day, cancelReason }: { at: Instant; day: LocalDate; cancelReason?: string },
): World {
  const change = world.standing.scheduledChange;
  const cancellation = status === 'cancelled' ? { cancelAt: at } : {};
  const reason = cancelReason === undefined ? {} : { cancelReason };
  const end = { ...cancellation, ...reason, status, endDate: day, pause: null };
  if (!change) return changed(world, end, [status, at]);
  return changed(world, { ...end, ...dropped(change, at) }, ['change_dropped', at], [status, at]);
}

/** A frozen period is longer by the days that stood still, and the later ones are counted from its end. */
export function resumed(world: World, at: Instant, day?: LocalDate): World {
  const { pause, currentPeriod, frozenDays } = world.standing;
  if (!pause) return world;
  const until = day ?? pause.resumesOn ?? pause.since;
  const days = pause.mode === 'freeze' ? countDays(pause.since, until) : 0;
  const to = addDays(currentPeriod.to, days);
  const longer =
    days === 0
      ? {}
      : { anchor: to, currentPeriod: { from: currentPeriod.from, to }, frozenDays: frozenDays + days };
  return changed(world, { ...longer, pause: null }, ['resumed', at]);
}

/** What the scheduled change makes of the terms, or that it is dropped. */
export function planned(world: World, at: Instant): { change: Partial<Standing>; told: readonly Told[] } {
  const { scheduledChange: waiting, ...before } = world.standing;
  if (!waiting) return { change: {}, told: [] };
  if (isImpossible(world, waiting)) {
    const behind = migrationBehind(waiting, before.planVersion);
    return {
      change: { ...dropped(waiting, at), scheduledChange: behind },
      told: [['change_dropped', at], ...waitsAgain(behind, at)],
    };
  }
  const planCode = waiting.kind === 'plan' ? waiting.planCode : before.planCode;
  const isOwn = planCode === before.planCode;
  const behind = migrationBehind(waiting, before.planVersion)?.planVersion ?? 0;
  const newest = Math.max(waiting.planVersion, before.planVersion, behind);
  const planVersion = isOwn ? newest : waiting.planVersion;
  const { billingCycle, quantity } = waiting.kind === 'plan' ? waiting : before;
  const isQuantity = isOwn && planVersion === before.planVersion && billingCycle === before.billingCycle;
  const terms = { planCode, planVersion, billingCycle, quantity };
  return {
    change: { ...terms, scheduledChange: null, droppedChange: null },
    told: [[isQuantity ? 'quantity_changed' : 'plan_changed', at]],
  };
}

function isImpossible(world: World, waiting: Waiting): boolean {
  const { planCode } = world.standing;
  if (waiting.kind === 'plan_version' || waiting.planCode === planCode) return false;
  return planOf(world, waiting.planCode).isRetired || isTooSmall(world, planCode, waiting.planCode);
}

/** A migration that waits again is told of anew. */
export function waitsAgain(migration: Waiting | null, at: Instant): Told[] {
  return migration ? [['change_scheduled', at]] : [];
}

function dropped(change: Waiting, droppedAt: Instant) {
  return { scheduledChange: null, droppedChange: { change, droppedAt } };
}

export function periodsFrom(anchor: LocalDate, cycle: BillingCycle) {
  return { anchor, currentPeriod: periodByIndex(anchor, cycle, 0), frozenDays: 0 };
}

/** The period counted from the anchor that begins where this one ends; where none does, one from there. */
function periodsAfter({ anchor, billingCycle, currentPeriod }: Standing) {
  for (let index = 0; ; index += 1) {
    const period = periodByIndex(anchor, billingCycle, index);
    if (period.from > currentPeriod.to) return periodsFrom(currentPeriod.to, billingCycle);
    if (period.from === currentPeriod.to) return { anchor, currentPeriod: period, frozenDays: 0 };
  }
}

function countDays(from: LocalDate, to: LocalDate): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000));
}
