import { z } from 'zod';
import { instantValue, pageQuery, tenantCode, text } from '../http/index.js';
import { isReservedMemberId, MEMBER_ROLES, rolesInOrder } from './member.js';

const role = z.enum(MEMBER_ROLES);

export const email = z.email('must be an e-mail address').max(254).meta({ example: 'kim@acme.example' });

export const memberName = text({ max: 200 }).meta({ example: 'Kim Doe' });

export const memberRoles = z
  .array(role)
  .min(1, 'must name at least one role')
  .max(20)
  .transform(rolesInOrder)
  .meta({
    override: { type: 'array', items: { enum: [...MEMBER_ROLES] }, minItems: 1 },
    example: ['member'],
  });

/** Ids come from identity providers, too, so more than letters is allowed. */
export const memberId = z
  .string()
  .regex(/^[A-Za-z0-9|@:._+=~-]{1,128}$/, 'must be 1 to 128 letters, digits or | @ : . _ + = ~ -')
  .meta({ example: 'usr-002' });

export const newMemberId = memberId.refine((id) => !isReservedMemberId(id), 'is reserved; choose another id');

/** What an item says of a member, besides id and name. */
export const memberAttributes = z.object({
  email: z.string().nullable().default(null),
  roles: z.array(role),
  status: z.enum(['active', 'suspended', 'removed']),
  isFounding: z.boolean().default(false),
  invitationId: z.string().nullable().default(null),
  person: z
    .object({ tenantCode: z.string(), userId: z.string(), invitationId: z.string().nullable() })
    .nullable()
    .default(null),
});

export const memberView = z
  .object({
    id: z.string().meta({ example: 'usr-002' }),
    name: z.string().meta({ example: 'Kim Doe' }),
    email: z.string().nullable().meta({ example: 'kim@acme.example' }),
    roles: z.array(role).meta({ example: ['member'] }),
    status: z.enum(['active', 'suspended', 'removed']),
    isGuest: z.boolean().meta({ description: 'Their home is another tenant.' }),
    version: z.int().meta({ example: 1 }),
    createdAt: instantValue,
    updatedAt: instantValue,
  })
  .meta({ id: 'Member' });

export type MemberView = z.output<typeof memberView>;

export const memberPatch = z
  .strictObject({
    name: memberName.exactOptional(),
    email: email.exactOptional(),
    roles: memberRoles.exactOptional(),
    status: z.enum(['active', 'suspended']).exactOptional(),
  })
  .meta({ id: 'MemberPatch', description: 'What is not named stays.' });

export const tenancyView = z
  .object({
    tenantCode: z.string().meta({ example: 'acme-corp' }),
    tenantName: z.string().meta({ example: 'Acme Corporation' }),
    userId: z.string().meta({ description: 'Who one is in that tenant.', example: 'usr-002' }),
    roles: z.array(role),
    status: z.enum(['active', 'suspended']).meta({ description: 'Of the membership.' }),
    tenantStatus: z.enum(['active', 'suspended', 'closed', 'erased']),
    isHome: z.boolean(),
    isCurrent: z.boolean().meta({ description: 'The one the request was made for.' }),
  })
  .meta({ id: 'Tenancy', description: 'A tenant that a person belongs to.' });

export type TenancyView = z.output<typeof tenancyView>;

export const tenanciesQuery = pageQuery;

export const switchBody = z.strictObject({ tenantCode });

export const sessionView = z
  .object({
    token: z.string(),
    tokenType: z.literal('Bearer'),
    expiresAt: instantValue,
    tenantCode: z.string().meta({ example: 'globex' }),
    userId: z.string().meta({ example: 'usr-7f3a' }),
    roles: z.array(role),
  })
  .meta({ id: 'Session' });

export type SessionView = z.output<typeof sessionView>;
