import { z } from 'zod';
import { instantValue, localDateValue } from '../http/index.js';

const cycle = z.enum(['monthly', 'yearly']);
const requested = { requestedAt: instantValue, requestedBy: z.string() };

const scheduledChange = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('plan_version'),
      planVersion: z.int().meta({ example: 2 }),
      effective: z.literal('renewal'),
      ...requested,
    }),
    z.object({
      kind: z.literal('plan'),
      planCode: z.string().meta({ example: 'professional' }),
      planVersion: z.int().meta({ example: 2 }),
      billingCycle: cycle,
      effective: z.literal('period_end'),
      ...requested,
    }),
  ])
  .meta({ id: 'ScheduledChange', description: 'What the end of the current period brings.' });

const droppedChange = z
  .object({ change: scheduledChange, reason: z.string(), droppedAt: instantValue })
  .meta({ id: 'DroppedChange', description: 'A change that fell due and could not be made, and why.' });

const setAside = z
  .object({ reason: z.string(), failures: z.int(), retryAt: instantValue })
  .meta({ id: 'SubscriptionSetAside', description: 'What fell due failed, and is tried again then.' });

export const subscriptionFields = z.object({
  code: z.string().meta({ example: 'SUB-001' }),
  planCode: z.string().meta({ example: 'starter' }),
  planVersion: z.int().meta({ description: 'The version of the plan that was signed.', example: 1 }),
  billingCycle: cycle,
  status: z.enum(['trial', 'active', 'past_due', 'cancelled', 'expired']),
  timezone: z.string().meta({ example: 'Asia/Tokyo' }),
  startDate: localDateValue,
  anchor: localDateValue.meta({ description: 'Periods are counted from this day.' }),
  endDate: localDateValue.nullable(),
  currentPeriod: z
    .object({ from: localDateValue, to: localDateValue })
    .meta({ description: 'Half-open: `to` is the day after.' }),
  autoRenew: z.boolean(),
  paymentMethodId: z.string().nullable(),
  trialEndsAt: instantValue.nullable(),
  trialNotice: z
    .int()
    .nullable()
    .meta({ description: "Days before the trial's end at which its last notice came." }),
  cancelAt: instantValue.nullable().meta({ description: 'When a cancellation takes effect, or took it.' }),
  cancelReason: z.string().nullable(),
  scheduledChange: scheduledChange.nullable(),
  droppedChange: droppedChange.nullable().exactOptional(),
  setAside: setAside.nullable().exactOptional(),
});

export const subscriptionView = subscriptionFields
  .extend({ version: z.int().meta({ example: 1 }), createdAt: instantValue, updatedAt: instantValue })
  .meta({ id: 'Subscription' });

export type SubscriptionView = z.output<typeof subscriptionView>;
