import { z } from 'zod';
import { instantValue, integer, text } from '../http/index.js';
import { MEMBER_ROLES } from './member.js';
import { email, memberName, memberRoles, memberView, newMemberId } from './user.schema.js';

const HOURS_DEFAULT = 168;

const hours = integer({ min: 1, max: 720 });

export const inviteBody = z
  .strictObject({
    email,
    roles: memberRoles,
    name: memberName.exactOptional(),
    userId: newMemberId
      .exactOptional()
      .meta({ description: 'The id the member is to have, such as the subject of their tokens.' }),
    expiresInHours: hours.default(HOURS_DEFAULT),
  })
  .meta({ id: 'InvitationInput' });

export type InviteInput = z.output<typeof inviteBody>;

export const resendBody = z
  .strictObject({ expiresInHours: hours.exactOptional().meta({ description: 'Default: as before.' }) })
  .optional();

/** What an item says of an invitation, besides its id. */
export const invitationAttributes = z.object({
  email: z.string(),
  name: z.string().nullable(),
  roles: z.array(z.enum(MEMBER_ROLES)),
  userId: z.string().nullable(),
  status: z.enum(['pending', 'accepted', 'revoked']),
  tokenId: z.string(),
  tokenHash: z.string().nullable(),
  expiresInHours: z.int(),
  expiresAt: z.string(),
});

export const invitationView = invitationAttributes
  .omit({ tokenHash: true, status: true, expiresInHours: true })
  .extend({
    id: z.string().meta({ example: 'inv-5d41402abc4b' }),
    status: z.enum(['pending', 'expired', 'accepted', 'revoked']),
    tokenId: z.string().meta({ description: 'Tells the token that is good from those before; no secret.' }),
    expiresAt: instantValue,
    invitedBy: z.string().meta({ example: 'usr-001' }),
    version: z.int().meta({ example: 1 }),
    createdAt: instantValue,
    updatedAt: instantValue,
  })
  .meta({ id: 'Invitation' });

export type InvitationView = z.output<typeof invitationView>;

export const issuedInvitationView = invitationView
  .extend({
    token: z.string().nullable().meta({
      description:
        'Shown this once and kept nowhere: null in the repetition of a request under its Idempotency-Key.',
    }),
  })
  .meta({ id: 'IssuedInvitation' });

export type IssuedInvitationView = z.output<typeof issuedInvitationView>;

/** Whatever is no token is answered like one that is not known. */
const invitationToken = text({ max: 1_000 }).meta({ example: 'acme-corp.inv-5d41402abc4b.3q2-7w' });

export const acceptBody = z.strictObject({ token: invitationToken, name: memberName.exactOptional() });

export const joinBody = z.strictObject({ token: invitationToken });

export const acceptedView = z
  .object({ tenantCode: z.string().meta({ example: 'acme-corp' }), member: memberView })
  .meta({ id: 'AcceptedInvitation' });

export type AcceptedView = z.output<typeof acceptedView>;
