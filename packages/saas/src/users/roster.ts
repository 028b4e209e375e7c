import { type Member } from './member.js';

/** How many members are active, and how many of those are admins. */
export interface RosterCounts {
  readonly active: number;
  readonly admins: number;
}

type Counted = Pick<Member, 'status' | 'roles'>;

/** A member's own share: nobody who is suspended or removed counts. */
function shareOf(member: Counted | null): RosterCounts {
  if (member?.status !== 'active') return { active: 0, admins: 0 };
  return { active: 1, admins: member.roles.includes('admin') ? 1 : 0 };
}

/** What a change of one member adds to the counts; null is nobody. */
export function rosterDelta(before: Counted | null, after: Counted | null): RosterCounts {
  const [was, is] = [shareOf(before), shareOf(after)];
  return { active: is.active - was.active, admins: is.admins - was.admins };
}

export function countRoster(members: Iterable<Counted>): RosterCounts {
  let counts = { active: 0, admins: 0 };
  for (const member of members) {
    const { active, admins } = shareOf(member);
    counts = { active: counts.active + active, admins: counts.admins + admins };
  }
  return counts;
}
