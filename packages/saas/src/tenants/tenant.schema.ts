import { UTC } from '@landlord/kernel';
import { z } from 'zod';
import {
  code,
  currency,
  instantValue,
  jsonObject,
  jsonObjectValue,
  quantity,
  quantityValue,
  tenantCode,
  text,
  timeZone,
} from '../http/index.js';
import { quantityOfPlan, subscriptionView } from '../subscriptions/subscription.schema.js';
import { usageView } from '../usage/usage.schema.js';
import { GROUPS_PER_ROLE_LIMIT } from './tenant.groups.js';
import { type TenantCaps } from './tenant.js';

const ownFacts = jsonObjectValue.meta({ description: "The vendor's own facts." });

export const tenantFields = z.object({
  code: z.string().meta({ example: 'acme-corp' }),
  name: z.string().meta({ example: 'Acme Corporation' }),
  status: z.enum(['active', 'suspended', 'closed', 'erased']),
  industry: z.string().nullable(),
  country: z.string().nullable().meta({ example: 'JP' }),
  timezone: timeZone,
  attributes: ownFacts.default({}),
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
    .record(z.string(), quantityValue.nullable())
    .default({})
    .meta({ description: "What it may use of its parent's limits, by metric; null is no cap.", example: {} }),
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

const name = text({ max: 200 }).meta({ example: 'Acme Corporation' });
const industry = text({ max: 100 });
const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters (ISO 3166-1), such as JP')
  .meta({ example: 'JP' });
const adminEmail = z.email('must be an e-mail address').max(254).meta({ example: 'admin@acme.example' });

const ownAttributes = jsonObject.meta({ description: "The vendor's own facts.", example: { crmId: 7 } });

/** As many as meters may count, and the built-in ones. */
const CAPS_LIMIT = 250;

const caps = z
  .record(
    text({ max: 64 }),
    quantity.refine((value) => !value.isNegative(), 'must not be below 0').nullable(),
  )
  .refine((value) => Object.keys(value).length <= CAPS_LIMIT, `must name at most ${CAPS_LIMIT} meters`)
  .transform(
    (value): TenantCaps =>
      Object.fromEntries(Object.entries(value).map(([metric, cap]) => [metric, cap?.toJSON() ?? null])),
  )
  .meta({
    override: { type: 'object', additionalProperties: { type: ['number', 'string', 'null'] } },
    description: "By metric: what it may use of its parent's limits; null takes the cap away.",
    example: { apiCalls: 500 },
  });

export const provisionBody = z.strictObject({
  companySlug: tenantCode,
  companyName: name,
  planCode: code().meta({ example: 'starter' }),
  billingCycle: z.enum(['monthly', 'yearly']).exactOptional().meta({ description: 'Default: monthly.' }),
  quantity: quantityOfPlan.exactOptional().meta({ description: 'Default: 1.' }),
  currency: currency.exactOptional().meta({ description: 'Default: the main one of the plan.' }),
  industry: industry.exactOptional(),
  country: country.exactOptional(),
  timezone: timeZone.default(UTC),
  adminEmail: adminEmail.exactOptional(),
  parentCode: tenantCode
    .exactOptional()
    .meta({ description: 'The tenant it stands below, with a subscription of its own.' }),
});

const newTenant = {
  code: tenantCode,
  name,
  industry: industry.exactOptional(),
  country: country.exactOptional(),
  attributes: ownAttributes.exactOptional(),
  adminEmail: adminEmail.exactOptional().meta({
    description: "The first admin, `usr-001`. A tenant on its parent's subscription has none without it.",
  }),
};

export const createBody = z.strictObject({
  ...newTenant,
  timezone: timeZone.exactOptional().meta({ description: "Default: the parent's, otherwise UTC." }),
  parentCode: tenantCode
    .exactOptional()
    .meta({ description: 'The tenant it stands below; it then lives on the subscription of that one.' }),
  caps: caps.exactOptional(),
});

export type CreateTenantInput = z.output<typeof createBody>;

export const childBody = z.strictObject({ ...newTenant, caps: caps.exactOptional() });

export type CreateChildInput = z.output<typeof childBody>;

export const updateBody = z
  .strictObject({
    name: name.exactOptional(),
    industry: industry.nullable().exactOptional(),
    country: country.nullable().exactOptional(),
    attributes: ownAttributes
      .exactOptional()
      .meta({ description: 'Merged into those there are; arrays are replaced.' }),
    caps: caps.exactOptional().meta({ description: 'Operators and admins of a tenant above only.' }),
  })
  .refine((value) => Object.keys(value).length > 0, 'names nothing to change');

export type UpdateTenantInput = z.output<typeof updateBody>;

export const commonBody = z.strictObject({ name, attributes: ownAttributes.exactOptional() });

export type CreateCommonInput = z.output<typeof commonBody>;

export const commonView = z
  .object({
    code: z.literal('common'),
    name: z.string(),
    attributes: ownFacts,
    version: z.int().meta({ example: 1 }),
    createdAt: instantValue,
    updatedAt: instantValue,
  })
  .meta({ id: 'CommonTenant' });

export type CommonView = z.output<typeof commonView>;

export const reasonBody = z
  .strictObject({ reason: text({ max: 500 }).exactOptional() })
  .optional()
  .meta({ description: 'Why; it stands in the audit trail.' });

export const groupBody = z.strictObject({
  code: code().meta({ example: 'sales' }),
  name: text({ max: 200 }),
  attributes: ownAttributes.exactOptional(),
});

export type CreateGroupInput = z.output<typeof groupBody>;

export const groupView = z
  .object({
    code: z.string().meta({ example: 'sales' }),
    name: z.string(),
    attributes: ownFacts,
    version: z.int().meta({ example: 1 }),
  })
  .meta({ id: 'TenantGroup' });

export type GroupView = z.output<typeof groupView>;

export const groupRole = z.enum(['admin', 'billing', 'member']).meta({ example: 'member' });

export const assignmentBody = z.strictObject({ groupId: code().meta({ example: 'sales' }), role: groupRole });

export const settingGroupsBody = z.strictObject({
  settingGroups: z
    .array(code())
    .max(GROUPS_PER_ROLE_LIMIT, `must name at most ${GROUPS_PER_ROLE_LIMIT} groups`)
    .refine((codes) => new Set(codes).size === codes.length, 'names a group twice'),
});

export type ProvisionInput = z.output<typeof provisionBody>;

export const provisionView = z
  .object({ tenant: tenantView, subscription: subscriptionView, usage: usageView })
  .meta({ id: 'ProvisionedTenant' });

export type ProvisionView = z.output<typeof provisionView>;
