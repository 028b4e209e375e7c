import {
  type Command,
  generatePk,
  type Item,
  type ItemKey,
  type JsonObject,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { foundingMember, type Member, type TenantAdmin } from './member.js';
import { type MemberView, memberAttributes } from './user.schema.js';

export const USER_TYPE = 'USER';
export const USER_PREFIX = `${USER_TYPE}#`;

export function memberKey(tenantCode: string, userId: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: generatePk(USER_TYPE, userId) };
}

/** A member new to the tenant, or one who comes back after removal: `version` is that of the item there. */
export function createMemberCommand(tenantCode: string, member: Member, version = VERSION_FIRST): Command {
  const { id, name, ...attributes } = member;
  return {
    kind: 'full',
    ...memberKey(tenantCode, id),
    version,
    tenantCode,
    type: USER_TYPE,
    code: id,
    name,
    attributes: attributes as unknown as JsonObject,
  };
}

/** Only what may change of a member. Those removed are hidden, and their history stays. */
export function changeMemberCommand(tenantCode: string, member: Member, version: number): Command {
  const { id, name, email, roles, status } = member;
  return {
    kind: 'partial',
    ...memberKey(tenantCode, id),
    version,
    name,
    attributes: { email, roles, status },
    isDeleted: status === 'removed',
  };
}

/** The founder. The roster that counts them belongs into the same unit of work. */
export function createAdminCommand(tenantCode: string, admin: TenantAdmin): Command {
  return createMemberCommand(tenantCode, foundingMember(admin, { isFounding: true }));
}

/** Who it is follows from the key, as everybody finds it, never from what the item says. */
export function memberFromItem({ sk, name, attributes }: Item): Member {
  return { ...memberAttributes.parse(attributes), id: sk.slice(USER_PREFIX.length), name };
}

export function memberView(item: Item): MemberView {
  const { id, name, email, roles, status, person } = memberFromItem(item);
  const { version, createdAt, updatedAt } = item;
  return {
    id,
    name,
    email,
    roles: [...roles],
    status,
    isGuest: person !== null,
    version,
    createdAt,
    updatedAt,
  };
}
