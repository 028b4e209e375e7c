import { type Command, generatePk, type Item, type ItemKey, tenantPk, VERSION_FIRST } from '@landlord/kernel';
import { z } from 'zod';
import { type Person } from './member.js';

export const MEMBERSHIP_TYPE = 'MEMBERSHIP';

/** Where a person's home says that they belong to another tenant, too, and who they are there. */
export interface MembershipLink {
  readonly tenantCode: string;
  readonly userId: string;
}

export const linkAttributes = z.object({ userId: z.string() });

/** All links of a person begin with this. Subjects of tokens may hold anything, also the separator. */
export function linkPrefix({ userId }: Pick<Person, 'userId'>): string {
  return `${generatePk(MEMBERSHIP_TYPE, encodeURIComponent(userId))}#`;
}

export function linkKey(person: Person, tenantCode: string): ItemKey {
  return { pk: tenantPk(person.tenantCode), sk: `${linkPrefix(person)}${tenantCode}` };
}

/** Where a link must be by whose home it is in and what it leads to; null when its key names nobody. */
export function linkKeyOf({ tenantCode, code, sk }: Item): ItemKey | null {
  const [, person = ''] = sk.split('#');
  try {
    const userId = decodeURIComponent(person);
    return linkKey({ tenantCode, userId, invitationId: null }, code);
  } catch {
    return null;
  }
}

/** `version`: of the link that is there already, from a membership that ended. */
export function createLinkCommand(person: Person, link: MembershipLink, version = VERSION_FIRST): Command {
  return {
    kind: 'full',
    ...linkKey(person, link.tenantCode),
    version,
    tenantCode: person.tenantCode,
    type: MEMBERSHIP_TYPE,
    code: link.tenantCode,
    name: `membership of ${link.tenantCode}`,
    attributes: { userId: link.userId },
  };
}

export function removeLinkCommand({ pk, sk, version }: Item): Command {
  return { kind: 'partial', pk, sk, version, isDeleted: true };
}

/** Which tenant it leads to follows from the key, under which it was looked for. */
export function linkFromItem({ sk, attributes }: Item): MembershipLink {
  return { tenantCode: sk.slice(sk.lastIndexOf('#') + 1), userId: linkAttributes.parse(attributes).userId };
}
