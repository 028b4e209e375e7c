import { type BillingCycle, type Currency, type Instant, type Period } from '@landlord/kernel/pure';
import { type PricedPlan } from '../plans/plan.price.js';
import { type TimelineEntry } from './timeline.js';

/** What a part of a period is measured in. */
export type Grain = 'day' | 'second';

export interface BillingOptions {
  /** `none`: within a period nothing is charged or credited; a change bills from the next period on. */
  readonly proration: Grain | 'none';
  /** Whether what is left of a period is credited when the subscription ends in it. */
  readonly onCancel: 'credit' | 'none';
}

export const DEFAULT_BILLING: BillingOptions = { proration: 'day', onCancel: 'credit' };

/** `subscription`: a whole period; `proration`: the rest of one; `credit`: what is taken back of either. */
export type ChargeType = 'subscription' | 'proration' | 'credit';

/**
 * How an amount came about: unit price x quantity x part / whole, rounded once. 10 seats at 2900 for 17 of 31 days are
 * 493000/31, which is 15903.
 */
export interface ChargeExplanation {
  /** The event that brought it. */
  readonly cause: string;
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingCycle: BillingCycle;
  readonly timezone: string;
  /** Of `part` and `whole`. */
  readonly unit: 'day' | 'millisecond';
  readonly part: number;
  /** The full period, without the days by which pauses lengthened it. */
  readonly whole: number;
  /** In minor units, before rounding: "493000/31", or "2900" for a whole number. Below zero for a credit. */
  readonly exactMinor: string;
  /** A half goes away from zero. */
  readonly rounding: 'half_up';
  /** Of a credit: the line it is taken from, and what was left of that. It never takes more. */
  readonly takenFrom: { readonly lineId: string; readonly leftMinor: bigint } | null;
}

/** A line of a bill, in advance. Its identity follows from the event and what it bills; lines never change. */
export interface ChargeLine {
  readonly id: string;
  readonly eventId: string;
  /** When it is to be billed. */
  readonly at: Instant;
  readonly type: ChargeType;
  /** Minor units, below zero for a credit. */
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly quantity: number;
  /** For one, for a whole period. */
  readonly unitPriceMinor: bigint;
  readonly period: Period;
  readonly explain: ChargeExplanation;
}

/** What was given back of a line by other means, such as a void. Credits of events after that version know of it. */
export interface GivenBack {
  readonly lineId: string;
  readonly afterVersion: number;
  /** Above zero. */
  readonly amountMinor: bigint;
}

export type PlanPrices = PricedPlan & { readonly code: string; readonly version: number };

export interface ChargeInput {
  /** Of one subscription, from its beginning. */
  readonly timeline: readonly TimelineEntry[];
  /** Every version that the timeline names. */
  readonly plans: readonly PlanPrices[];
  readonly options: BillingOptions;
  /** As it was at that instant; default: as it is. */
  readonly until?: Instant;
  readonly givenBack?: readonly GivenBack[];
}
