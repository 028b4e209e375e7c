import { z } from 'zod';
import { instantValue, quantity, quantityValue } from '../http/index.js';
import { METRICS } from './meter.js';

export const quotaView = z
  .object({
    metric: z.string().meta({ example: 'apiCalls' }),
    current: quantityValue.meta({ description: 'Used.' }),
    held: quantityValue.meta({
      description: 'Reserved, and so counted against the limit as if it were used.',
      example: 0,
    }),
    limit: quantityValue.nullable().meta({ description: '`null` is unlimited.' }),
    percentage: z.number().meta({ description: 'Two decimals; 0 without a limit.', example: 42.5 }),
    isExceeded: z.boolean(),
    isNearLimit: z.boolean().meta({ description: '80 % or more.' }),
  })
  .meta({ id: 'QuotaCheckResult' });

const byMetric = z.record(z.string(), quantity);
const held = z.record(
  z.string(),
  quantity.refine((value) => !value.isNegative(), 'must not be below 0'),
);

/** A month as it is kept: what is not there is 0. */
export const usageAttributes = z.looseObject({
  ...Object.fromEntries(METRICS.map((metric) => [metric, quantity.exactOptional()])),
  meters: byMetric.exactOptional(),
  pooled: byMetric.exactOptional(),
  held: held.exactOptional(),
  pooledHeld: held.exactOptional(),
  gaugeSetAtMs: z.record(z.string(), z.int()).exactOptional(),
});

export const usageView = z
  .object({
    period: z
      .string()
      .meta({ description: "A calendar month in the tenant's time zone.", example: '2024-01' }),
    apiCalls: quantityValue,
    storageUsedGb: quantityValue,
    activeUsers: quantityValue,
    projectCount: quantityValue,
    meters: z
      .record(z.string(), quantityValue)
      .meta({ description: 'Meters of the vendor, by code.', example: {} }),
    pooled: z
      .record(z.string(), quantityValue)
      .meta({ description: 'What the tenants below used on its subscription, by metric.', example: {} }),
    lastUpdatedAt: instantValue.nullable().meta({ description: '`null` for a month without usage.' }),
    quotas: z
      .array(quotaView)
      .meta({ description: 'Against the limits of the plan version signed; empty without a subscription.' }),
  })
  .meta({ id: 'Usage' });

export type UsageView = z.output<typeof usageView>;

export const recordedView = z
  .object({
    accepted: z.int().meta({ description: 'Events counted now.', example: 2 }),
    duplicates: z.int().meta({ description: 'Events whose id had been counted before.', example: 0 }),
  })
  .meta({ id: 'RecordedUsage' });

export const quotasView = z
  .object({
    period: z.string().meta({ example: '2024-01' }),
    items: z.array(quotaView),
    nextCursor: z.null(),
  })
  .meta({ id: 'Quotas' });

export type QuotasView = z.output<typeof quotasView>;

export const consumedView = quotaView.extend({ admitted: z.literal(true) }).meta({ id: 'Admission' });

export const childUsageView = z
  .object({
    tenantCode: z.string().meta({ example: 'acme-east' }),
    name: z.string(),
    period: z.string().meta({ example: '2024-01' }),
    apiCalls: quantityValue,
    storageUsedGb: quantityValue,
    activeUsers: quantityValue,
    projectCount: quantityValue,
    meters: z
      .record(z.string(), quantityValue)
      .meta({ description: 'Meters of the vendor, by code.', example: {} }),
  })
  .meta({ id: 'ChildUsage' });

export type ChildUsageView = z.output<typeof childUsageView>;
