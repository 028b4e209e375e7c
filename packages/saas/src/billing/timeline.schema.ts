import { currencyOf, timeZoneOf } from '@landlord/kernel';
import { z } from 'zod';
import { type SubscriptionEventView } from '../subscriptions/subscription.event.schema.js';
import { type BillableState, type TimelineEvent } from './timeline.js';

/** As subscriptions tell it with each event; written by us, so anything else throws. */
export const billableState = z.object({
  status: z.enum(['trial', 'active', 'past_due', 'cancelled', 'expired']),
  planCode: z.string(),
  planVersion: z.int(),
  billingCycle: z.enum(['monthly', 'yearly']),
  quantity: z.int().min(1),
  currency: z.string().transform(currencyOf).nullable(),
  timezone: z.string().transform(timeZoneOf),
  currentPeriod: z.object({ from: z.string(), to: z.string() }),
  frozenDays: z.int().min(0),
  endDate: z.string().nullable(),
  pause: z.object({ mode: z.enum(['freeze', 'run']), since: z.string() }).nullable(),
}) satisfies z.ZodType<BillableState>;

/** Null for an event from before they told the state after them. */
export function timelineEventOf(view: SubscriptionEventView): TimelineEvent | null {
  const { id, name, subscriptionVersion, effectiveAt, data } = view;
  if (data.after === undefined) return null;
  const index = Number(id.slice(id.lastIndexOf('.') + 1));
  return { id, name, subscriptionVersion, index, effectiveAt, after: billableState.parse(data.after) };
}
