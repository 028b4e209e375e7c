import { z } from 'zod';
import { code, instantValue, pageQuery } from '../http/index.js';
import { DELIVERY_STATUSES } from './delivery.js';

export const deliveryParams = z.object({ id: code() });

export const deliveryQuery = pageQuery.extend({
  endpointId: code().exactOptional(),
  status: z.enum(DELIVERY_STATUSES).exactOptional(),
});

export type DeliveryQuery = z.output<typeof deliveryQuery>;

const attempt = z
  .object({
    at: instantValue,
    status: z
      .int()
      .nullable()
      .meta({ description: 'Of the answer; null when there was none.', example: 200 }),
    durationMs: z.int(),
    error: z.string().nullable().meta({ description: 'Null when it was delivered.', example: null }),
    response: z.string().nullable().meta({ description: 'How the answer began.', example: 'ok' }),
  })
  .meta({ id: 'WebhookAttempt' });

/** What an item says of a delivery, besides its id. */
export const deliveryAttributes = z.object({
  endpointId: z.string(),
  eventId: z.string(),
  eventName: z.string(),
  occurredAt: z.string(),
  tenantCode: z.string().nullable(),
  source: z.object({ pk: z.string(), sk: z.string() }),
  status: z.enum(DELIVERY_STATUSES),
  failures: z.int().min(0),
  attemptCount: z.int().min(0),
  attempts: z.array(attempt),
  leaseUntil: z.string().nullable(),
});

export const deliveryView = z
  .object({
    id: z.string().meta({ example: 'dlv-0p3x8v9zk2-1f0c6b8a4e2d' }),
    endpointId: z.string().meta({ example: 'whk-5d41402abc4b2a76' }),
    eventId: z.string().meta({
      description: '`webhook-id`: the same at each attempt and in each replay.',
      example: 'evt_9b74c9897bac770ffc029102a200c5de',
    }),
    eventName: z.string().meta({ example: 'subscription.plan_changed' }),
    occurredAt: instantValue,
    tenantCode: z.string().nullable().meta({ description: 'Whose event it is.', example: 'acme-corp' }),
    status: z.enum(DELIVERY_STATUSES),
    attemptCount: z.int(),
    lastError: z.string().nullable().meta({ example: null }),
    nextAttemptAt: instantValue.nullable().meta({ description: 'Null when it is settled.', example: null }),
    version: z.int().meta({ example: 3 }),
    createdAt: instantValue,
    updatedAt: instantValue,
  })
  .meta({ id: 'WebhookDelivery' });

export type DeliveryView = z.output<typeof deliveryView>;

export const deliveryWithAttemptsView = deliveryView
  .extend({ attempts: z.array(attempt).meta({ description: 'The last 20, oldest first.' }) })
  .meta({ id: 'WebhookDeliveryWithAttempts' });

export type DeliveryWithAttemptsView = z.output<typeof deliveryWithAttemptsView>;
