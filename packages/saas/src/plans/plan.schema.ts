import { currencyOf, type JsonObject, parseCurrency } from '@landlord/kernel';
import { z } from 'zod';
import { amount, code, quantityValue, text } from '../http/index.js';

const currency = z
  .string()
  .refine((value) => parseCurrency(value).ok, 'is not a currency of ISO 4217')
  .transform(currencyOf)
  .meta({ override: { type: 'string', pattern: '^[A-Z]{3}$' }, example: 'USD' });

const feature = z.object({
  name: text({ max: 100 }),
  enabled: z.boolean(),
  value: z.union([z.string(), z.number(), z.boolean()]).exactOptional(),
});

/** What describes a plan, in requests, answers and items alike. */
export const planFields = z.object({
  code: code().meta({ example: 'starter' }),
  displayName: text({ max: 200 }).meta({ example: 'Starter' }),
  monthlyPrice: amount,
  yearlyPrice: amount,
  currency,
  trialDays: z.int().min(0).max(730).meta({ example: 14 }),
  features: z.array(feature).max(200),
  limits: z
    .record(code(), quantityValue.nullable())
    .meta({ description: '`null` is unlimited, 0 is zero.', example: { maxUsers: 5, maxApiCalls: 10_000 } }),
  enforcement: z.record(code(), z.enum(['hard', 'soft'])).meta({ example: { apiCalls: 'hard' } }),
  overage: z.custom<JsonObject>().meta({ override: { type: 'object' } }),
  isActive: z.boolean(),
});

export const planView = planFields
  .extend({ version: z.int().meta({ description: 'Version of the plan, from 1.', example: 1 }) })
  .meta({ id: 'Plan', description: 'A plan at one version. Prices are minor units of the currency.' });
