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
import { z } from 'zod';
import { type RosterCounts } from './roster.js';
import { USERS_METRIC } from './user-limit.js';

export const ROSTER_TYPE = 'ROSTER';

/** More seats than anybody has; a number that is still counted exactly. */
const SEATS_LIMIT = 1_000_000;

export const rosterAttributes = z.object({
  active: z.int().min(0),
  admins: z.int().min(0),
  seats: z.int().min(0).max(SEATS_LIMIT),
});

export function rosterKey(tenantCode: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: ROSTER_TYPE };
}

/** Goes with the members it counts, in one unit of work. `seats`: those of the tenants below that live on it, too. */
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
  return {
    tenantCode,
    type: ROSTER_TYPE,
    code: tenantCode,
    name,
    attributes: { active, admins, seats: active },
  };
}

/** How a roster is counted on: up to `limit` seats (null: any number); `start` is what one begins with that is not there yet. */
export interface RosterBounds {
  readonly limit: Quantity | null;
  readonly start: RosterCounts | null;
}

/** Counts a change of membership: never below one admin, never above the limit of seats. */
export function countCommand(tenantCode: string, delta: RosterCounts, bounds: RosterBounds): Command | null {
  const admins: Increment = {
    path: ['admins'],
    by: String(delta.admins),
    ...(delta.admins < 0 ? { min: '1' } : {}),
  };
  const active: Increment = { path: ['active'], by: String(delta.active) };
  return rosterCommand(tenantCode, [active, admins, seatsBy(delta.active, bounds)], bounds);
}

/** Counts seats of a tenant that lives on this one. */
export function countPooledCommand(tenantCode: string, seats: number, bounds: RosterBounds): Command | null {
  return rosterCommand(tenantCode, [seatsBy(seats, bounds)], bounds);
}

function seatsBy(seats: number, { limit }: RosterBounds): Increment {
  const bound = seats > 0 && limit !== null ? { max: limit.toString() } : {};
  return { path: ['seats'], by: String(seats), ...bound };
}

function rosterCommand(
  tenantCode: string,
  all: readonly Increment[],
  { start }: RosterBounds,
): Command | null {
  const increments = all.filter(({ by }) => by !== '0');
  if (increments.length === 0) return null;
  const initial = start && rosterBody(tenantCode, start);
  return { kind: 'increment', ...rosterKey(tenantCode), increments, ...(initial ? { initial } : {}) };
}

/** A refusal of the count in the words of members; anything else as it is. */
export function rosterRefusal(error: unknown, { isPooled }: { isPooled: boolean }): unknown {
  if (!(error instanceof LandlordError) || error.code !== 'out_of_bounds') return error;
  const { attribute, current, bound } = error.facts;
  if (attribute === 'admins')
    return new LandlordError(
      'invalid_transition',
      'the last admin of a tenant stays; make another member an admin first',
    );
  if (attribute !== 'seats') return error;
  // Whose seats are meant is not told: they may be those of everybody on the subscription.
  if (isPooled)
    return new LandlordError(
      'quota_exceeded',
      `Quota exceeded for ${USERS_METRIC}. Please upgrade your plan.`,
      {
        facts: { metric: USERS_METRIC },
      },
    );
  return new LandlordError(
    'quota_exceeded',
    `Quota exceeded for ${USERS_METRIC}: ${current}/${bound}. Please upgrade your plan.`,
    { facts: { metric: USERS_METRIC, current: Number(current), limit: Number(bound) } },
  );
}
