import { z } from 'zod';
import { instantValue, quantityValue } from '../http/index.js';
import { ALERT_NAMES } from './alert.js';

export const alertAttributes = z.object({
  metric: z.string().meta({ example: 'apiCalls' }),
  percent: z.int().meta({ description: 'The threshold, of the limit.', example: 80 }),
  period: z.string().meta({ example: '2024-01' }),
  current: quantityValue.meta({ description: 'What was used, with what is pooled, when it was noticed.' }),
  limit: quantityValue.meta({ description: 'What held then.' }),
  occurredAt: instantValue,
});

export const alertView = alertAttributes
  .extend({
    id: z.string().meta({
      description: 'Made of period, metric and percent: there is one.',
      example: '2024-01.apiCalls.80',
    }),
    name: z.enum(ALERT_NAMES).meta({ example: 'usage.near_limit' }),
  })
  .meta({ id: 'UsageAlert' });

export type AlertView = z.output<typeof alertView>;

/** When each threshold of each metric was reached: `{ apiCalls: { "80": "2024-01-20T…" } }`. */
export const noticedAttributes = z.object({
  noticed: z.record(z.string(), z.record(z.string(), instantValue)),
});
