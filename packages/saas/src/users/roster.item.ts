import {
  type Command,
  type FullInput,
  type Increment,
  type ItemKey,
  LandlordError,
  type Quantity,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type RosterCounts } from './roster.js';
import { USERS_METRIC } from './user-limit.js';

export const ROSTER_TYPE = 'ROSTER';

export function rosterKey(tenantCode: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: ROSTER_TYPE };
}

/** Goes with the members it counts, in one unit of work. */
export function createRosterCommand(tenantCode: string, counts: RosterCounts): Command {
  return {
    kind: 'full',
    ...rosterKey(tenantCode),
    version: VERSION_FIRST,
    ...rosterBody(tenantCode, counts),
  };
}

export function rosterBody(
  tenantCode: string,
  { active, admins }: RosterCounts,
): Omit<FullInput, 'pk' | 'sk' | 'version'> {
  const name = `members of ${tenantCode}`;
  return { tenantCode, type: ROSTER_TYPE, code: tenantCode, name, attributes: { active, admins } };
}

/**
 * Counts a change of membership: never below one admin, never above `limit` (null: none). `start`: what to
 * begin with where a tenant has no roster yet.
 */
export function countCommand(
  tenantCode: string,
  delta: RosterCounts,
  { limit, start }: { limit: Quantity | null; start: RosterCounts | null },
): Command | null {
  const active: Increment = {
    path: ['active'],
    by: String(delta.active),
    ...(delta.active > 0 && limit !== null ? { max: limit.toString() } : {}),
  };
  const admins: Increment = {
    path: ['admins'],
    by: String(delta.admins),
    ...(delta.admins < 0 ? { min: '1' } : {}),
  };
  const increments = [active, admins].filter(({ by }) => by !== '0');
  if (increments.length === 0) return null;
  const initial = start && rosterBody(tenantCode, start);
  return { kind: 'increment', ...rosterKey(tenantCode), increments, ...(initial ? { initial } : {}) };
}

/** A refusal of the count in the words of members; anything else as it is. */
export function rosterRefusal(error: unknown): unknown {
  if (!(error instanceof LandlordError) || error.code !== 'out_of_bounds') return error;
  const { attribute, current, bound } = error.facts;
  if (attribute === 'admins')
    return new LandlordError(
      'invalid_transition',
      'the last admin of a tenant stays; make another member an admin first',
    );
  if (attribute !== 'active') return error;
  return new LandlordError(
    'quota_exceeded',
    `Quota exceeded for ${USERS_METRIC}: ${current}/${bound}. Please upgrade your plan.`,
    { facts: { metric: USERS_METRIC, current: Number(current), limit: Number(bound) } },
  );
}
