import { z } from 'zod';
import {
  code,
  currencyValue,
  instantValue,
  integer,
  jsonObjectValue,
  localDate,
  localDateValue,
  text,
} from '../http/index.js';
import { SCHEDULED_KINDS } from './subscription.scheduled.js';

const cycle = z.enum(['monthly', 'yearly']);
const requested = { requestedAt: instantValue, requestedBy: z.string() };

const planVersionChange = z.object({
  kind: z.literal('plan_version'),
  planVersion: z.int().meta({ example: 2 }),
  effective: z.literal('renewal'),
  ...requested,
});

const scheduledChange = z
  .discriminatedUnion('kind', [
    planVersionChange,
    z.object({
      kind: z.literal('plan'),
      planCode: z.string().meta({ example: 'professional' }),
      planVersion: z.int().meta({ example: 2 }),
      billingCycle: cycle,
      quantity: z.int(),
      instead: planVersionChange
        .exactOptional()
        .meta({ description: 'A migration in whose place it stands; it waits again if this goes.' }),
      effective: z.literal('period_end'),
      ...requested,
    }),
  ])
  .meta({ id: 'ScheduledChange', description: 'What the end of the current period brings.' });

export const subscriptionPause = z
  .object({
    mode: z.enum(['freeze', 'run']),
    since: localDateValue.meta({ description: 'The first day that is not covered.' }),
    resumesOn: localDateValue.nullable(),
    reason: z.string().nullable(),
  })
  .meta({
    id: 'SubscriptionPause',
    description:
      '`freeze`: the period stands still, and its days left come after. `run`: periods go by. Neither is paid for.',
  });

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
  quantity: z.int().min(1).meta({ description: 'How many of the plan, such as seats.', example: 1 }),
  currency: currencyValue
    .nullable()
    .meta({ description: 'What it is paid in; null: the main one of its plan.', example: 'USD' }),
  status: z.enum(['trial', 'active', 'past_due', 'cancelled', 'expired']),
  timezone: z.string().meta({ example: 'Asia/Tokyo' }),
  startDate: localDateValue,
  anchor: localDateValue.meta({ description: 'Periods are counted from this day.' }),
  endDate: localDateValue.nullable(),
  currentPeriod: z
    .object({ from: localDateValue, to: localDateValue })
    .meta({ description: 'Half-open: `to` is the day after.' }),
  frozenDays: z.int().min(0).meta({ description: 'By how many days pauses lengthened the period.' }),
  pause: subscriptionPause.nullable(),
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

const QUANTITY_LIMIT = 1_000_000;

/** Of a plan, in a request. */
export const quantityOfPlan = integer({ min: 1, max: QUANTITY_LIMIT }).meta({
  description: 'How many of the plan, such as seats; each costs its price.',
  example: 5,
});

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
  quantity: quantityOfPlan.exactOptional(),
  when,
});

export const cancelBody = z.strictObject({ reason: text({ max: 1_000 }), when });

export const activateBody = z.strictObject({
  paymentMethodId: paymentMethodId.exactOptional(),
  billingCycle: cycle.exactOptional(),
  quantity: quantityOfPlan
    .exactOptional()
    .meta({ description: 'Only to begin anew after an end. Default: as many as there were.' }),
  planCode: code()
    .exactOptional()
    .meta({ description: 'Only to begin anew after an end. Default: the plan there was.' }),
});

export const paymentMethodBody = z.strictObject({
  paymentMethodId: paymentMethodId.nullable().meta({ description: 'null: none any more.' }),
});

export const quantityBody = z.strictObject({ quantity: quantityOfPlan, when });

export const pauseBody = z.strictObject({
  mode: z.enum(['freeze', 'run']).default('freeze').meta({
    description:
      '`freeze`: the period stands still, and its days left come after. `run`: periods go by. Neither is paid for.',
  }),
  resumesOn: localDate
    .nullable()
    .default(null)
    .meta({ description: 'The day on which it goes on by itself, in its time zone.' }),
  reason: text({ max: 1_000 }).nullable().default(null),
});

export const pastDueBody = z.strictObject({ reason: text({ max: 1_000 }) });

export const scheduledKind = z.enum(SCHEDULED_KINDS);

const scheduledFields = z
  .object({
    kind: scheduledKind,
    effectiveAt: instantValue
      .nullable()
      .meta({ description: 'null while a pause makes the period stand still.' }),
    details: jsonObjectValue.meta({ description: 'What was asked for.' }),
  })
  .meta({ id: 'ScheduledSubscriptionChange' });

export const scheduledView = z.object({ items: z.array(scheduledFields), nextCursor: z.null() });

export type ChangePlanInput = z.output<typeof changePlanBody>;
export type QuantityInput = z.output<typeof quantityBody>;
export type ActivateInput = z.output<typeof activateBody>;
export type SubscriptionView = z.output<typeof subscriptionView>;
