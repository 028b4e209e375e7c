/** What a member may be; `system_admin` is the vendor's and never granted here. */
export type MemberRole = 'admin' | 'billing' | 'member';
export const MEMBER_ROLES = ['admin', 'billing', 'member'] as const satisfies readonly MemberRole[];

export type MemberStatus = 'active' | 'suspended' | 'removed';

/**
 * Who somebody is at home. `invitationId` tells apart those who had the same id there one after the other;
 * null: a founder, or somebody whose home keeps no member for them.
 */
export interface Person {
  readonly tenantCode: string;
  readonly userId: string;
  readonly invitationId: string | null;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly roles: readonly MemberRole[];
  readonly status: MemberStatus;
  /** Came with the tenant, which already counts them. */
  readonly isFounding: boolean;
  /** The invitation that they came by. */
  readonly invitationId: string | null;
  /** Set for those whose home is another tenant. */
  readonly person: Person | null;
}

export interface MemberPatch {
  readonly name?: string;
  readonly email?: string;
  readonly roles?: readonly MemberRole[];
  readonly status?: 'active' | 'suspended';
}

/** The first member of a tenant. */
export interface TenantAdmin {
  readonly id: string;
  readonly email: string | null;
}

export const FIRST_ADMIN_ID = 'usr-001';

/** The first admin. `isFounding`: the usage that the tenant begins with counts them. */
export function foundingMember({ id, email }: TenantAdmin, { isFounding }: { isFounding: boolean }): Member {
  const base = { id, name: email ?? id, email, isFounding };
  return { ...base, roles: ['admin'], status: 'active', invitationId: null, person: null };
}

const ADDRESSES: readonly string[] = ['me', 'invitations'];
/** Who stands in records for what nobody, or more than one, has done. */
const ACTORS: readonly string[] = ['system', 'several', 'operator'];

/** Whether an id is no member's: a part of an address below `/users`, or an actor of the system's own. */
export function isReservedMemberId(id: string): boolean {
  const lower = id.toLowerCase();
  return ADDRESSES.includes(lower) || ACTORS.includes(lower);
}

/** Each role once, in one order, so that equal sets are equal. */
export function rolesInOrder(roles: readonly MemberRole[]): MemberRole[] {
  return MEMBER_ROLES.filter((role) => roles.includes(role));
}

/** What two sets of roles both give; an admin has every other role, too. */
export function rolesWithin(held: readonly string[], asked: readonly string[]): MemberRole[] {
  return MEMBER_ROLES.filter(
    (role) => covers(asked, role) && covers(held, role) && (asked.includes(role) || held.includes(role)),
  );
}

function covers(roles: readonly string[], role: MemberRole): boolean {
  return roles.includes(role) || roles.includes('admin');
}

export function patchedMember(member: Member, patch: MemberPatch): Member {
  return { ...member, ...patch, roles: rolesInOrder(patch.roles ?? member.roles) };
}

export function removedMember(member: Member): Member {
  return { ...member, status: 'removed' };
}

/**
 * Whether somebody invited at an address is the one who had the id before. What is kept by user id, such as settings,
 * is theirs and nobody else's.
 */
export function isReturning({ email }: Pick<Member, 'email'>, invitedAt: string): boolean {
  return email !== null && email.toLowerCase() === invitedAt.toLowerCase();
}

/** What a change of a member adds to the tenant's active users. The founder was counted at provisioning. */
export function activeUsersDelta(before: Member | null, after: Member): -1 | 0 | 1 {
  if (before === null && after.isFounding) return 0;
  const [was, is] = [before?.status === 'active', after.status === 'active'];
  return was === is ? 0 : is ? 1 : -1;
}

/** Whether the home's member (null: none is kept) is still the one who joined. */
export function isStillPerson(person: Person, home: Member | null): boolean {
  return person.invitationId === (home?.invitationId ?? null);
}

export function isSamePerson(left: Person, right: Person | null): boolean {
  if (right === null) return false;
  const isSameId = left.tenantCode === right.tenantCode && left.userId === right.userId;
  return isSameId && left.invitationId === right.invitationId;
}
