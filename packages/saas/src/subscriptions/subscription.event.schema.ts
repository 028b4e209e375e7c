import { z } from 'zod';
import { instantValue, jsonObjectValue, pageOf } from '../http/index.js';
import { LIFECYCLE_EVENTS } from './subscription.event.js';

export const subscriptionEventFields = z
  .object({
    id: z.string().meta({ example: 'SUB-001.3.0' }),
    name: z.enum(LIFECYCLE_EVENTS),
    subscriptionCode: z.string().meta({ example: 'SUB-001' }),
    subscriptionVersion: z.int().meta({ description: 'Of the subscription after it.', example: 3 }),
    effectiveAt: instantValue,
    createdAt: instantValue,
    data: jsonObjectValue,
  })
  .meta({ id: 'SubscriptionEvent' });

export const subscriptionEventPage = pageOf(subscriptionEventFields);

export type SubscriptionEventView = z.output<typeof subscriptionEventFields>;
