import { z } from 'zod';
import { instantValue, month, quantityValue, text } from '../http/index.js';

export const seriesQuery = z.strictObject({
  by: z
    .enum(['day', 'hour'], 'must be day or hour')
    .default('day')
    .meta({ description: 'Days are those of the tenant; default: day.' }),
  metric: text({ max: 64 }).exactOptional().meta({ description: 'Default: all.', example: 'apiCalls' }),
  groupBy: text({ max: 64 })
    .exactOptional()
    .meta({ description: 'A dimension that the meter declares; only together with `metric`.' }),
});

export const seriesParams = z.object({ period: month });

const point = z.object({
  from: instantValue,
  to: instantValue,
  quantity: quantityValue.meta({
    description: 'Of a sum what came in between; of a gauge the level at the end.',
    example: 42,
  }),
  groups: z
    .array(z.object({ value: z.string().nullable(), quantity: quantityValue }))
    .exactOptional()
    .meta({
      description:
        'What came in between by value of the dimension; those without events are left out. `null` holds events without one, and all beyond the 50 largest of the month.',
    }),
});

export const seriesView = z
  .object({
    period: z.string().meta({ example: '2024-01' }),
    by: z.enum(['day', 'hour']),
    timezone: z.string().meta({ example: 'Europe/Amsterdam' }),
    groupBy: z.string().nullable(),
    series: z.array(z.object({ metric: z.string().meta({ example: 'apiCalls' }), points: z.array(point) })),
  })
  .meta({ id: 'UsageSeries' });

export type SeriesQuery = z.output<typeof seriesQuery>;
export type SeriesView = z.output<typeof seriesView>;
