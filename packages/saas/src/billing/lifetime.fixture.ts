import { currencyOf, type Instant, timeZoneOf } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { begun } from '../subscriptions/subscription.anew.js';
import { dueWorkOf } from '../subscriptions/subscription.due.js';
import { stateData } from '../subscriptions/subscription.event.js';
import { type Subscription } from '../subscriptions/subscription.js';
import { instant, zones } from '../subscriptions/subscription.lifecycle.fixture.js';
import { decide, type LifecycleCommand } from '../subscriptions/subscription.lifecycle.js';
import { migrate } from '../subscriptions/subscription.migration.js';
import {
  type Changed,
  type LifecycleFacts,
  type PlanTerms,
} from '../subscriptions/subscription.transitions.js';
import { type TimelineEvent } from './timeline.js';
import { billableState } from './timeline.schema.js';

const DAY_MS = 86_400_000;
const currency = currencyOf('USD');
const terms = (code: string, version: number, monthlyPrice: number, yearlyPrice: number): PlanTerms => ({
  code,
  version,
  monthlyPrice,
  yearlyPrice,
  currency,
});

export const PLANS: readonly PlanTerms[] = [
  terms('small', 1, 999, 9_990),
  terms('small', 2, 1_299, 12_990),
  terms('large', 1, 24_995, 239_995),
  terms('free', 1, 0, 100),
];

/** A choice of what somebody does, some time later. */
export interface Deed {
  readonly afterMs: number;
  readonly what: (typeof WHAT)[number];
  readonly plan: number;
  readonly quantity: number;
  readonly cycle: 'monthly' | 'yearly';
  readonly when: 'now' | 'period_end';
  readonly pauseDays: number;
}

const WHAT = [
  'changePlan',
  'changeQuantity',
  'changeCycle',
  'pauseFrozen',
  'pauseRunning',
  'resume',
  'activate',
  'cancel',
  'reactivate',
  'owe',
  'recover',
  'migrate',
  'wait',
] as const;

export interface Life {
  readonly zone: string;
  readonly start: Instant;
  readonly trialDays: number;
  readonly deeds: readonly Deed[];
}

export function lifeOf({
  zoneNames = zones,
  without = [],
}: {
  zoneNames?: readonly string[];
  without?: readonly string[];
} = {}): fc.Arbitrary<Life> {
  const afterMs = fc.oneof(
    fc.nat({ max: 3 * DAY_MS }),
    fc.nat({ max: 40 * DAY_MS }),
    fc.nat({ max: 300 * DAY_MS }),
  );
  const deed = fc.record<Deed>({
    afterMs,
    what: fc.constantFrom(...WHAT.filter((each) => !without.includes(each))),
    plan: fc.nat({ max: PLANS.length - 1 }),
    quantity: fc.integer({ min: 1, max: 12 }),
    cycle: fc.constantFrom('monthly', 'yearly'),
    when: fc.constantFrom('now', 'now', 'period_end'),
    pauseDays: fc.nat({ max: 60 }),
  });
  return fc.record({
    zone: fc.constantFrom(...zoneNames),
    start: instant('2009-01-01', '2026-01-01'),
    trialDays: fc.constantFrom(0, 0, 14),
    deeds: fc.array(deed, { minLength: 3, maxLength: 40 }),
  });
}

const LIFE_MS = 5 * 365 * DAY_MS;

/** What the subscription rules themselves make of it, as the events that tell of it. At most five years. */
export function eventsOfLife({ zone, start, trialDays, deeds }: Life): TimelineEvent[] {
  const plan = { code: 'small', version: 1, trialDays };
  const first = begun({
    code: 'SUB-001',
    plan,
    billingCycle: 'monthly',
    currency,
    timezone: timeZoneOf(zone),
    now: start,
  });
  const told: TimelineEvent[] = [];
  let version = 0;
  const tell = ({ subscription, events }: Pick<Changed, 'subscription' | 'events'>): Subscription => {
    version += 1;
    const after = billableState.parse(stateData(subscription));
    for (const [index, { name, effectiveAt }] of events.entries())
      told.push({
        id: `SUB-001.${version}.${index}`,
        name,
        subscriptionVersion: version,
        index,
        effectiveAt,
        after,
      });
    return subscription;
  };
  let current = tell({ ...first, subscription: { ...first.subscription, paymentMethodId: 'pm_1' } });
  let now = Date.parse(start);
  for (const deed of deeds) {
    now = Math.min(now + deed.afterMs, Date.parse(start) + LIFE_MS);
    current = upToDate(current, at(now), tell);
    const changed = done(current, deed, at(now));
    // What was owed is paid: the periods that went by begin before anything else.
    if (changed) current = upToDate(tell(changed), at(now), tell);
  }
  return told;
}

type Tell = (changed: Pick<Changed, 'subscription' | 'events'>) => Subscription;

function upToDate(subscription: Subscription, until: Instant, tell: Tell): Subscription {
  for (let current = subscription; ; ) {
    const work = dueWorkOf(current);
    if (!work || work.at > until) return current;
    const decision = decide(current, work.command, factsOf(current, until));
    if (decision.kind !== 'changed') throw new Error(JSON.stringify(decision));
    current = tell(decision);
  }
}

function done(
  subscription: Subscription,
  deed: Deed,
  now: Instant,
): Pick<Changed, 'subscription' | 'events'> | null {
  if (deed.what === 'migrate') {
    const input = {
      planCode: 'small',
      toVersion: 2,
      fromVersions: null,
      requestedBy: 'op',
      requestedAt: now,
    };
    const decision = migrate(subscription, { ...input, when: 'now' });
    return decision.kind === 'move' ? decision : null;
  }
  const command = commandOf(deed, subscription, now);
  const decision = command && decide(subscription, command, factsOf(subscription, now));
  return decision?.kind === 'changed' ? decision : null;
}

function commandOf(deed: Deed, subscription: Subscription, now: Instant): LifecycleCommand | null {
  const { what, quantity, when, cycle: billingCycle } = deed;
  const own = versionOf(subscription.planCode, subscription.planVersion);
  const resumesOn = deed.pauseDays < 5 ? null : at(Date.parse(now) + deed.pauseDays * DAY_MS).slice(0, 10);
  switch (what) {
    case 'changePlan':
      return { kind: 'changePlan', plan: PLANS[deed.plan] ?? own, quantity, when };
    case 'changeQuantity':
      return { kind: 'changePlan', plan: own, quantity, when };
    case 'changeCycle':
      return { kind: 'changePlan', plan: own, billingCycle, when };
    case 'pauseFrozen':
      return { kind: 'pause', mode: 'freeze', resumesOn, reason: null };
    case 'pauseRunning':
      return { kind: 'pause', mode: 'run', resumesOn, reason: null };
    case 'cancel':
      // Mostly it goes on.
      return deed.plan === 0 ? { kind: 'cancel', reason: 'no more', when } : null;
    case 'owe':
      return { kind: 'markPastDue', reason: 'not paid' };
    case 'wait':
    case 'migrate':
      return null;
    default:
      return { kind: what };
  }
}

function factsOf(subscription: Subscription, now: Instant): LifecycleFacts {
  const { planCode, planVersion, scheduledChange: change } = subscription;
  const to = change && { planCode, ...change };
  const scheduled = to && { kind: 'possible' as const, plan: versionOf(to.planCode, to.planVersion) };
  return { now, userId: 'usr-1', plan: versionOf(planCode, planVersion), scheduled };
}

function versionOf(code: string, version: number): PlanTerms {
  const found = PLANS.find((each) => each.code === code && each.version === version);
  if (!found) throw new Error(`no plan ${code} ${version}`);
  return found;
}

function at(ms: number): Instant {
  return new Date(ms).toISOString();
}
