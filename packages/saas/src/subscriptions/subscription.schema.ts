import { z } from 'zod';
import { code, instantValue, localDateValue, text } from '../http/index.js';

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

const paymentMethodId = text({ max: 200 }).meta({
  description: 'Names it where payments are made.',
  example: 'pm_1',
});
const when = z
  .enum(['now', 'period_end'])
  .default('now')
  .meta({ description: 'At once, or when the current period is over.' });

export const changePlanBody = z.strictObject({
  planCode: code(),
  billingCycle: cycle.exactOptional().meta({ description: 'Default: as it is.' }),
  when,
});

export const cancelBody = z.strictObject({ reason: text({ max: 1_000 }), when });

export const activateBody = z.strictObject({
  paymentMethodId: paymentMethodId.exactOptional(),
  billingCycle: cycle.exactOptional(),
  planCode: code()
    .exactOptional()
    .meta({ description: 'Only to begin anew after an end. Default: the plan there was.' }),
});

export const paymentMethodBody = z.strictObject({
  paymentMethodId: paymentMethodId.nullable().meta({ description: 'null: none any more.' }),
});

export type ChangePlanInput = z.output<typeof changePlanBody>;
export type ActivateInput = z.output<typeof activateBody>;
export type SubscriptionView = z.output<typeof subscriptionView>;
