import {
  type Command,
  generatePk,
  type Instant,
  type Item,
  type ItemKey,
  type JsonObject,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type Invitation } from './invitation.js';
import { type InvitationView, invitationAttributes } from './invitation.schema.js';

export const INVITATION_TYPE = 'INVITATION';
export const INVITATION_PREFIX = `${INVITATION_TYPE}#`;

export function invitationKey(tenantCode: string, id: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: generatePk(INVITATION_TYPE, id) };
}

export function createInvitationCommand(tenantCode: string, invitation: Invitation): Command {
  const { id, ...attributes } = invitation;
  return {
    kind: 'full',
    ...invitationKey(tenantCode, id),
    version: VERSION_FIRST,
    tenantCode,
    type: INVITATION_TYPE,
    code: id,
    name: `invitation of ${invitation.email}`,
    attributes: attributes as unknown as JsonObject,
    dueAt: invitation.expiresAt,
  };
}

/** The token before is dead with this. */
export function renewInvitationCommand(
  { pk, sk }: ItemKey,
  version: number,
  renewal: Pick<Invitation, 'tokenId' | 'tokenHash' | 'expiresInHours' | 'expiresAt'>,
): Command {
  return { kind: 'partial', pk, sk, version, attributes: { ...renewal }, dueAt: renewal.expiresAt };
}

/** Ends the invitation: no token opens it any more, and lists do not show it. */
export function settleInvitationCommand(
  { pk, sk }: ItemKey,
  version: number,
  status: 'accepted' | 'revoked',
): Command {
  const attributes = { status, tokenHash: null };
  return { kind: 'partial', pk, sk, version, attributes, isDeleted: true, dueAt: null };
}

export function invitationFromItem({ sk, attributes }: Item): Invitation {
  return { ...invitationAttributes.parse(attributes), id: sk.slice(INVITATION_PREFIX.length) };
}

export function invitationView(item: Item, now: Instant): InvitationView {
  const { tokenHash: _hash, expiresInHours: _hours, status, roles, ...shown } = invitationFromItem(item);
  const isExpired = status === 'pending' && shown.expiresAt <= now;
  const { createdBy: invitedBy, version, createdAt, updatedAt } = item;
  return {
    ...shown,
    roles: [...roles],
    status: isExpired ? 'expired' : status,
    invitedBy,
    version,
    createdAt,
    updatedAt,
  };
}
