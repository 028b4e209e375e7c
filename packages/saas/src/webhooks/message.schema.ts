import { z } from 'zod';
import { instantValue } from '../http/index.js';

/** What receivers get, in the form of Standard Webhooks. */
export const webhookMessage = z
  .object({
    type: z.string().meta({ example: 'subscription.plan_changed' }),
    timestamp: instantValue.meta({ description: 'When the event took effect.' }),
    data: z
      .looseObject({
        id: z.string().meta({ description: "The event's own id within its tenant.", example: 'SUB-001.3.0' }),
        tenantCode: z
          .string()
          .nullable()
          .meta({ description: "Whose event it is; null for the vendor's own.", example: 'acme-corp' }),
      })
      .meta({ description: 'What the event tells.' }),
  })
  .meta({ id: 'WebhookMessage' });

/** The headers of a request, besides those of HTTP. */
export const webhookHeaders = z.object({
  'webhook-id': z.string().meta({ description: 'The same at each attempt and in each replay.' }),
  'webhook-timestamp': z.string().meta({ description: 'When the request was made, in seconds since 1970.' }),
  'webhook-signature': z.string().meta({ description: 'One `v1,<base64>` for each secret that signs now.' }),
});
