import { addDays, type BillingCycle, type Instant } from '@landlord/kernel';
import { allDue, ended, periodsFrom, planned, resumed, waitsAgain } from './time.fixture.js';
import {
  beginningOf,
  changed,
  isLive,
  isTooSmall,
  migrationBehind,
  planOf,
  type Standing,
  type Terms,
  type Told,
  today,
  type Waiting,
  type World,
} from './world.fixture.js';

export type When = 'now' | 'period_end';
interface Chosen {
  readonly billingCycle?: BillingCycle;
  readonly quantity?: number;
}

/** What a tenant or its operator asks of the subscription. */
export type Ask =
  | ({ readonly kind: 'activate'; readonly plan?: string; readonly paymentMethodId?: string } & Chosen)
  | ({ readonly kind: 'changePlan'; readonly plan: string; readonly when: When } & Chosen)
  | { readonly kind: 'changeQuantity'; readonly quantity: number; readonly when: When }
  | { readonly kind: 'cancel'; readonly when: When }
  | { readonly kind: 'reactivate' }
  | { readonly kind: 'revoke'; readonly scheduled: 'cancellation' | 'plan' | 'plan_version' | 'resume' }
  | { readonly kind: 'pause'; readonly mode: 'freeze' | 'run'; readonly days: number | null }
  | { readonly kind: 'resume' }
  | { readonly kind: 'markPastDue' }
  | { readonly kind: 'recover' }
  | { readonly kind: 'setAutoRenew'; readonly autoRenew: boolean }
  | { readonly kind: 'setPaymentMethod'; readonly paymentMethodId: string | null };

/** What is refused, by the code of the refusal. */
export type Outcome = { readonly world: World } | { readonly refused: string; readonly world: World };

export const REASON = 'said so';
const MIGRATION = 'plan_version';

/** What becomes of the world when somebody asks. What was due is done first, also where the rest is refused. */
export function asked(before: World, ask: Ask, ifMatch: number | null): Outcome {
  const world = allDue(before);
  if (ifMatch !== null && ifMatch !== world.standing.version) return no(world, 'version_conflict');
  switch (ask.kind) {
    case 'activate':
      return isLive(world.standing) ? activated(world, ask) : begunAnew(world, ask);
    case 'changePlan':
      return planChanged(world, ask);
    case 'changeQuantity':
      return termsChanged(world, { ...termsIn(world), quantity: ask.quantity }, ask.when);
    case 'cancel':
      return cancelled(world, ask.when);
    case 'reactivate':
      return reactivated(world);
    case 'revoke':
      return revoked(world, ask.scheduled);
    case 'pause':
      return paused(world, ask);
    case 'resume':
      return world.standing.pause ? { world: resumed(world, world.now, today(world)) } : no(world);
    case 'markPastDue':
      return owing(world);
    case 'recover':
      return recovered(world);
    case 'setAutoRenew':
      return isLive(world.standing) ? { world: changed(world, { autoRenew: ask.autoRenew }) } : no(world);
    case 'setPaymentMethod': {
      const { paymentMethodId } = ask;
      return isLive(world.standing) ? { world: changed(world, { paymentMethodId }) } : no(world);
    }
  }
}

function no(world: World, refused = 'invalid_transition'): Outcome {
  return { refused, world };
}

function activated(
  world: World,
  { plan, quantity, billingCycle, paymentMethodId }: Ask & { kind: 'activate' },
) {
  const { standing, now } = world;
  if (plan !== undefined && plan !== standing.planCode) return no(world);
  if (quantity !== undefined && quantity !== standing.quantity) return no(world);
  if (standing.status !== 'trial') return no(world);
  const { change, told } = planned(world, now);
  const cycle = billingCycle ?? change.billingCycle ?? standing.billingCycle;
  const after = {
    ...change,
    ...periodsFrom(today(world), cycle),
    ...{
      status: 'active' as const,
      billingCycle: cycle,
      trialEndsAt: now,
      cancelAt: null,
      cancelReason: null,
    },
    paymentMethodId: paymentMethodId ?? standing.paymentMethodId,
  };
  return { world: changed(world, after, ...told, ['activated', now]) };
}

/** Without a trial; the plan must be offered and allow what is in use. */
function begunAnew(world: World, ask: Ask & { kind: 'activate' }): Outcome {
  const { standing: old, now, events } = world;
  const planCode = ask.plan ?? old.planCode;
  const plan = planOf(world, planCode);
  if (plan.isRetired) return no(world, 'validation_failed');
  if (isTooSmall(world, old.planCode, planCode)) return no(world, 'downgrade_blocked');
  const code = `SUB-${String(Number(old.code.slice(4)) + 1).padStart(3, '0')}`;
  const billingCycle = ask.billingCycle ?? old.billingCycle;
  const standing: Standing = {
    ...old,
    ...{ code, version: 1, planCode, planVersion: plan.versions, billingCycle },
    ...{ quantity: ask.quantity ?? old.quantity, status: 'active', startDate: today(world), endDate: null },
    ...periodsFrom(today(world), billingCycle),
    ...{
      pause: null,
      autoRenew: true,
      trialEndsAt: null,
      trialNotice: null,
      cancelAt: null,
      cancelReason: null,
    },
    ...{ scheduledChange: null, droppedChange: null },
    paymentMethodId: ask.paymentMethodId ?? old.paymentMethodId,
  };
  const told = [`${code}.1.0 created ${now}`, `${code}.1.1 activated ${now}`];
  return { world: { ...world, standing, events: [...events, ...told] } };
}

function planChanged(world: World, ask: Ask & { kind: 'changePlan' }): Outcome {
  const { standing } = world;
  if (!isLive(standing)) return no(world);
  const planCode = ask.plan;
  const isOwn = planCode === standing.planCode;
  const plan = planOf(world, planCode);
  if (!isOwn && plan.isRetired) return no(world, 'validation_failed');
  if (isTooSmall(world, standing.planCode, planCode)) return no(world, 'downgrade_blocked');
  const { billingCycle = standing.billingCycle, quantity = standing.quantity } = ask;
  const planVersion = isOwn ? standing.planVersion : plan.versions;
  return termsChanged(world, { planCode, planVersion, billingCycle, quantity }, ask.when);
}

function termsChanged(world: World, to: Terms, when: When): Outcome {
  const { status, pause, scheduledChange } = world.standing;
  if (!isLive(world.standing) || status === 'past_due') return no(world);
  if (isSame(to, termsIn(world)))
    return { world: scheduledChange?.kind === 'plan' ? withoutChange(world) : world };
  if (when === 'period_end') return scheduled(world, to);
  return pause ? no(world) : { world: changedNow(world, to) };
}

function changedNow(world: World, to: Terms): World {
  const { status, billingCycle, planCode, planVersion, cancelAt, currentPeriod } = world.standing;
  const isNewPeriod = status === 'active' && billingCycle !== to.billingCycle;
  const periods = isNewPeriod ? periodsFrom(today(world), to.billingCycle) : { currentPeriod };
  const end = cancelAt === null ? null : beginningOf(world, periods.currentPeriod.to);
  const isQuantity =
    billingCycle === to.billingCycle && planCode === to.planCode && planVersion === to.planVersion;
  const before = world.standing.scheduledChange;
  const isOwn = planCode === to.planCode;
  const kept = isOwn && before?.kind === MIGRATION ? before : null;
  const behind = isOwn ? migrationBehind(before, planVersion) : null;
  const after = { ...to, ...periods, cancelAt: end, scheduledChange: kept ?? behind, droppedChange: null };
  const told: Told[] = [[isQuantity ? 'quantity_changed' : 'plan_changed', world.now]];
  return changed(world, after, ...told, ...waitsAgain(behind, world.now));
}

function scheduled(world: World, to: Terms): Outcome {
  const { cancelAt, scheduledChange: before } = world.standing;
  if (cancelAt !== null) return no(world);
  if (before?.kind === 'plan' && isSame(before, to)) return { world };
  const requested = { requestedAt: world.now, requestedBy: 'admin' };
  const instead = before?.kind === 'plan' ? before.instead : (before ?? undefined);
  const scheduledChange: Waiting = {
    kind: 'plan',
    ...to,
    ...(instead ? { instead } : {}),
    effective: 'period_end',
    ...requested,
  };
  const told = ['change_scheduled', world.now] as const;
  return { world: changed(world, { scheduledChange, droppedChange: null }, told) };
}

function cancelled(world: World, when: When): Outcome {
  const { standing, now } = world;
  if (!isLive(standing)) return no(world);
  if (when === 'now')
    return { world: ended(world, 'cancelled', { at: now, day: today(world), cancelReason: REASON }) };
  if (standing.cancelAt !== null) return { world };
  if (standing.pause?.mode === 'freeze') return no(world);
  const cancelAt = beginningOf(world, standing.currentPeriod.to);
  return { world: changed(world, { cancelAt, cancelReason: REASON }, ['cancellation_scheduled', now]) };
}

function reactivated(world: World): Outcome {
  const { standing } = world;
  if (!isLive(standing)) return no(world);
  if (standing.cancelAt !== null) return { world: withoutCancellation(world) };
  return standing.scheduledChange?.kind === 'plan' ? { world: withoutChange(world) } : no(world);
}

function withoutCancellation(world: World): World {
  return changed(world, { cancelAt: null, cancelReason: null }, ['reactivated', world.now]);
}

function withoutChange(world: World): World {
  const { scheduledChange, planVersion } = world.standing;
  const behind = migrationBehind(scheduledChange, planVersion);
  const told = waitsAgain(behind, world.now);
  return changed(world, { scheduledChange: behind }, ['reactivated', world.now], ...told);
}

function revoked(world: World, kind: string): Outcome {
  const { standing } = world;
  const { pause, scheduledChange, cancelAt } = standing;
  if (!isLive(standing)) return no(world, 'not_found');
  if (kind === 'cancellation' && cancelAt !== null) return { world: withoutCancellation(world) };
  if (kind === 'resume' && pause?.resumesOn)
    return { world: changed(world, { pause: { ...pause, resumesOn: null } }) };
  if (kind !== scheduledChange?.kind) return no(world, 'not_found');
  // What the operator scheduled only the operator takes back.
  return kind === MIGRATION ? no(world, 'forbidden') : { world: withoutChange(world) };
}

function paused(world: World, { mode, days }: Ask & { kind: 'pause' }): Outcome {
  const { status, pause, cancelAt } = world.standing;
  const since = today(world);
  const resumesOn = days === null ? null : addDays(since, days);
  if (days === 0) return no(world, 'validation_failed');
  if (pause) {
    if (pause.mode !== mode) return no(world);
    return { world: changed(world, { pause: { ...pause, resumesOn } }) };
  }
  if (status !== 'active' || cancelAt !== null) return no(world);
  const after = { pause: { mode, since, resumesOn, reason: null } };
  return { world: changed(world, after, ['paused', world.now]) };
}

function owing(world: World): Outcome {
  const { status } = world.standing;
  if (status === 'past_due') return { world };
  return status === 'active'
    ? { world: changed(world, { status: 'past_due' }, ['past_due', world.now]) }
    : no(world);
}

function recovered(world: World): Outcome {
  const { status } = world.standing;
  if (status === 'active') return { world };
  return status === 'past_due'
    ? { world: changed(world, { status: 'active' }, ['recovered', world.now]) }
    : no(world);
}

function termsIn({ standing }: World): Terms {
  const { planCode, planVersion, billingCycle, quantity } = standing;
  return { planCode, planVersion, billingCycle, quantity };
}

function isSame(one: Terms, other: Terms): boolean {
  return (['planCode', 'planVersion', 'billingCycle', 'quantity'] as const).every(
    (name) => one[name] === other[name],
  );
}

/** An operator moves a subscription to the newest version of its plan, with what is due done before. */
export function migrated(world: World, planCode: string, when: 'now' | 'renewal'): World {
  return moved(world, planCode, when) === world ? world : moved(allDue(world), planCode, when);
}

function moved(world: World, planCode: string, when: 'now' | 'renewal'): World {
  const { standing, now } = world;
  const { versions } = planOf(world, planCode);
  const { scheduledChange: before, planVersion } = standing;
  if (!isLive(standing) || standing.planCode !== planCode || planVersion >= versions) return world;
  if (when === 'now') {
    const left = before?.kind === 'plan' || (before?.planVersion ?? 0) > versions ? before : null;
    return changed(world, { planVersion: versions, scheduledChange: left }, ['plan_changed', now]);
  }
  if (before?.kind === 'plan' || (before?.planVersion ?? 0) >= versions) return world;
  const requested: { requestedAt: Instant; requestedBy: string } = {
    requestedAt: now,
    requestedBy: 'operator',
  };
  const scheduledChange: Waiting = {
    kind: MIGRATION,
    planVersion: versions,
    effective: 'renewal',
    ...requested,
  };
  return changed(world, { scheduledChange }, ['change_scheduled', now]);
}
