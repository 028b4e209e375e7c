import { z } from 'zod';
import { instantValue, localDateValue } from '../http/index.js';

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
  scheduledChange: z.null(),
});

export const subscriptionView = subscriptionFields
  .extend({ version: z.int().meta({ example: 1 }), createdAt: instantValue, updatedAt: instantValue })
  .meta({ id: 'Subscription' });

export type SubscriptionView = z.output<typeof subscriptionView>;
