import {
  type BillingCycle,
  type Currency,
  type Instant,
  type LocalDate,
  localDateOf,
  type Period,
  startOfLocalDay,
  type TimeZone,
} from '@landlord/kernel/pure';
import { type LifecycleEventName } from '../subscriptions/subscription.event.js';
import { type SubscriptionStatus } from '../subscriptions/subscription.js';

/** All that a bill rests on, as an event left it. Dates are days in `timezone`; periods are half-open. */
export interface BillableState {
  readonly status: SubscriptionStatus;
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingCycle: BillingCycle;
  /** At least 1; the price of the plan is for one. */
  readonly quantity: number;
  /** Null: the main one of the plan. */
  readonly currency: Currency | null;
  readonly timezone: TimeZone;
  readonly currentPeriod: Period;
  /** By how many days pauses have lengthened the current period. */
  readonly frozenDays: number;
  readonly endDate: LocalDate | null;
  readonly pause: { readonly mode: 'freeze' | 'run'; readonly since: LocalDate } | null;
}

/** An event of a subscription. Of those of one version, `index` says the order. */
export interface TimelineEvent {
  readonly id: string;
  readonly name: LifecycleEventName;
  readonly subscriptionVersion: number;
  readonly index: number;
  readonly effectiveAt: Instant;
  readonly after: BillableState;
}

/** From `at` on the state holds, until the next entry. `date` is the local day of `at`. */
export interface TimelineEntry {
  readonly at: Instant;
  readonly date: LocalDate;
  readonly eventId: string;
  /** Of the subscription after the event. */
  readonly version: number;
  readonly cause: LifecycleEventName;
  readonly state: BillableState;
}

/** The events of one subscription, in whatever order. Those of one version are one change, and its last tells of it. */
export function timelineOf(events: readonly TimelineEvent[]): TimelineEntry[] {
  const inOrder = events.toSorted(
    (one, other) => one.subscriptionVersion - other.subscriptionVersion || one.index - other.index,
  );
  const last = new Map(inOrder.map((event) => [event.subscriptionVersion, event]));
  return [...last.values()].map(({ id, name, effectiveAt, after, subscriptionVersion }) => ({
    at: effectiveAt,
    date: localDateOf(effectiveAt, after.timezone),
    eventId: id,
    version: subscriptionVersion,
    cause: name,
    state: after,
  }));
}

/** For a subscription from before events told the state after them: taken to be as it is since its period began. */
export function begunBefore(code: string, state: BillableState): TimelineEvent {
  const effectiveAt = startOfLocalDay(state.currentPeriod.from, state.timezone);
  const event = { name: 'subscription.created', subscriptionVersion: 0, index: 0 } as const;
  return { ...event, id: `${code}.0.0`, effectiveAt, after: state };
}

/**
 * What had taken effect at an instant: the entries up to the first that is later. What was written down after that one
 * is not known yet, even where it takes effect earlier, so a later cut only ever adds entries at the end.
 */
export function timelineUntil(timeline: readonly TimelineEntry[], until: Instant): readonly TimelineEntry[] {
  const end = timeline.findIndex(({ at }) => at > until);
  return end === -1 ? timeline : timeline.slice(0, end);
}
