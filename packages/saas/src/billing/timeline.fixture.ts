import { currencyOf, type Instant, majorText, timeZoneOf } from '@landlord/kernel/pure';
import {
  type BillingOptions,
  type ChargeInput,
  type ChargeLine,
  DEFAULT_BILLING,
  type PlanPrices,
} from './charge.js';
import { chargesOf } from './charges.js';
import { type BillableState, type TimelineEntry, type TimelineEvent, timelineOf } from './timeline.js';

type Change = Partial<Omit<BillableState, 'currentPeriod'>> & { readonly period?: readonly [string, string] };

/** When, why, and what became of the state before. */
export type Step = readonly [day: string, cause: string, change: Change];

const BEGINNING: BillableState = {
  status: 'active',
  planCode: 'a',
  planVersion: 1,
  billingCycle: 'monthly',
  quantity: 1,
  currency: currencyOf('USD'),
  timezone: timeZoneOf('UTC'),
  currentPeriod: { from: '2024-03-01', to: '2024-04-01' },
  frozenDays: 0,
  endDate: null,
  pause: null,
};

/** Prices by the month and the year, in minor units. */
export const plan = (code: string, monthlyPrice: number, yearlyPrice = monthlyPrice * 10): PlanPrices => ({
  code,
  version: 1,
  monthlyPrice,
  yearlyPrice,
  currency: currencyOf('USD'),
});

/** Each step is a version of its own; a day stands for its first instant in UTC. */
export function eventsOf(steps: readonly Step[]): TimelineEvent[] {
  let after = BEGINNING;
  return steps.map(([day, cause, { period, ...change }], index) => {
    const currentPeriod = period ? { from: period[0], to: period[1] } : after.currentPeriod;
    after = { ...after, ...change, currentPeriod };
    return {
      id: `S.${index + 1}.0`,
      name: `subscription.${cause}` as TimelineEvent['name'],
      subscriptionVersion: index + 1,
      index: 0,
      effectiveAt: instantOf(day),
      after,
    };
  });
}

export function stepsOf(...steps: readonly Step[]): TimelineEntry[] {
  return timelineOf(eventsOf(steps));
}

interface Billing extends Partial<BillingOptions>, Pick<ChargeInput, 'givenBack' | 'until'> {
  readonly plans: readonly PlanPrices[];
}

export function billed(
  timeline: readonly TimelineEntry[],
  { plans, givenBack, until, ...options }: Billing,
): ChargeLine[] {
  const given = { ...(givenBack && { givenBack }), ...(until && { until }) };
  return chargesOf({ timeline, plans, options: { ...DEFAULT_BILLING, ...options }, ...given });
}

/** `credit -5.48 [2024-03-15, 2024-04-01)` */
export const shown = ({ type, amountMinor, currency, period }: ChargeLine) =>
  `${type} ${majorText({ amountMinor, currency })} [${period.from}, ${period.to})`;

export const sumOf = (lines: readonly ChargeLine[]) =>
  lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);

function instantOf(day: string): Instant {
  return day.includes('T') ? day : `${day}T00:00:00.000Z`;
}
