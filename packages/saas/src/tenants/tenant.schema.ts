import { timeZoneOf, UTC } from '@landlord/kernel';
import { z } from 'zod';
import { code, instantValue, quantityValue, tenantCode, text, timeZone } from '../http/index.js';
import { subscriptionView } from '../subscriptions/subscription.schema.js';
import { usageView } from '../usage/usage.schema.js';

export const tenantFields = z.object({
  code: z.string().meta({ example: 'acme-corp' }),
  name: z.string().meta({ example: 'Acme Corporation' }),
  status: z.enum(['active', 'suspended', 'closed', 'erased']),
  industry: z.string().nullable(),
  country: z.string().nullable().meta({ example: 'JP' }),
  timezone: z
    .string()
    .transform(timeZoneOf)
    .meta({ override: { type: 'string' }, example: 'Asia/Tokyo' }),
  parentCode: z.string().nullable().default(null).meta({ example: null }),
  ancestors: z
    .array(z.string())
    .default([])
    .meta({ description: 'From the root of its tree down to its parent.', example: [] }),
  billing: z
    .enum(['own', 'parent'])
    .default('own')
    .meta({ description: '`parent`: it lives on the subscription of its parent.' }),
  caps: z
    .record(z.string(), quantityValue)
    .default({})
    .meta({ description: "What it may use of its parent's limits, by metric.", example: {} }),
  settingGroups: z
    .array(
      z.object({
        role: z.string(),
        groups: z.array(z.string()),
        settingGroups: z.array(z.string()),
        mode: z.enum(['auto', 'customized']),
      }),
    )
    .default([])
    .meta({ description: "Groups whose settings hold for a role's members, nearest first.", example: [] }),
});

export const tenantView = tenantFields
  .extend({ version: z.int().meta({ example: 1 }), createdAt: instantValue, updatedAt: instantValue })
  .meta({ id: 'Tenant' });

export type TenantView = z.output<typeof tenantView>;

export const provisionBody = z.strictObject({
  companySlug: tenantCode,
  companyName: text({ max: 200 }).meta({ example: 'Acme Corporation' }),
  planCode: code().meta({ example: 'starter' }),
  industry: text({ max: 100 }).exactOptional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters (ISO 3166-1), such as JP')
    .exactOptional()
    .meta({ example: 'JP' }),
  timezone: timeZone.default(UTC),
  adminEmail: z
    .email('must be an e-mail address')
    .max(254)
    .exactOptional()
    .meta({ example: 'admin@acme.example' }),
});

export type ProvisionInput = z.output<typeof provisionBody>;

export const provisionView = z
  .object({ tenant: tenantView, subscription: subscriptionView, usage: usageView })
  .meta({ id: 'ProvisionedTenant' });

export type ProvisionView = z.output<typeof provisionView>;
