import { z } from 'zod';
import { instantValue, localDateValue } from '../http/index.js';

const scheduledChange = z
  .object({
    kind: z.literal('plan_version'),
    planVersion: z.int().meta({ example: 2 }),
    effective: z.literal('renewal'),
    requestedAt: instantValue,
    requestedBy: z.string(),
  })
  .meta({ id: 'ScheduledChange', description: 'What the next renewal brings.' });

const droppedChange = z
  .object({ change: scheduledChange, reason: z.string(), droppedAt: instantValue })
  .meta({ id: 'DroppedChange', description: 'A change that fell due and could not be made, and why.' });

export const subscriptionFields = z.object({
  code: z.string().meta({ example: 'SUB-001' }),
  planCode: z.string().meta({ example: 'starter' }),
  planVersion: z.int().meta({ description: 'The version of the plan that was signed.', example: 1 }),
  billingCycle: z.enum(['monthly', 'yearly']),
  status: z.enum(['trial', 'active', 'past_due', 'cancelled', 'expired']),
  timezone: z.string().meta({ example: 'Asia/Tokyo' }),
  startDate: localDateValue,
  endDate: localDateValue.nullable(),
  currentPeriod: z
    .object({ from: localDateValue, to: localDateValue })
    .meta({ description: 'Half-open: `to` is the day after.' }),
  autoRenew: z.boolean(),
  trialEndsAt: instantValue.nullable(),
  cancelAt: instantValue.nullable(),
  scheduledChange: scheduledChange.nullable(),
  droppedChange: droppedChange.nullable().exactOptional(),
});

export const subscriptionView = subscriptionFields
  .extend({ version: z.int().meta({ example: 1 }), createdAt: instantValue, updatedAt: instantValue })
  .meta({ id: 'Subscription' });

export type SubscriptionView = z.output<typeof subscriptionView>;
