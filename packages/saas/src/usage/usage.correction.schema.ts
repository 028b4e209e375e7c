import { z } from 'zod';
import { instant, instantValue, month, quantity, quantityValue, text } from '../http/index.js';
import { ID_LENGTH } from './usage-event.schema.js';

const id = text({ max: ID_LENGTH });

export const correctionBody = z
  .strictObject({
    id: id.meta({ description: 'Of the correction. Counts once, ever.', example: 'corr-2024-01-17' }),
    corrects: id.meta({ description: 'Id of the event that should not have been.', example: 'req-8f14e45f' }),
    reason: text({ max: 500 }).meta({ description: 'For the audit.', example: 'load test in production' }),
  })
  .meta({ id: 'UsageCorrectionInput' });

export type CorrectionInput = z.output<typeof correctionBody>;

const said = { id: z.string(), corrects: z.string(), reason: z.string(), metric: z.string() };

export const correctionView = z
  .object({
    ...said,
    quantity: quantityValue.meta({
      description: 'What it adds: the quantity of the event, negated.',
      example: -1,
    }),
    period: z.string().meta({ description: 'The month it falls in: that of the event.', example: '2024-01' }),
    at: instantValue,
    createdAt: instantValue,
  })
  .meta({ id: 'UsageCorrection' });

export type CorrectionView = z.output<typeof correctionView>;

/** A correction as it is kept. */
export const correctionAttributes = z.object({
  ...said,
  quantity,
  period: month,
  at: instant,
});
