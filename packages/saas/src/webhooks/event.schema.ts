import { z } from 'zod';
import { jsonObjectValue } from '../http/index.js';
import { OWN_EVENTS } from './event.js';

/** What an item says of an event about webhooks, besides its id. */
export const webhookEventAttributes = z.object({
  name: z.enum(OWN_EVENTS),
  occurredAt: z.string(),
  endpointId: z.string().nullable(),
  data: jsonObjectValue,
});
