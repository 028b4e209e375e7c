import { type Command, evolve, type Item, LandlordError } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MEMBER_ROLES, type Member, type MemberStatus } from './member.js';
import { countCommand, createRosterCommand, rosterRefusal } from './roster.item.js';
import { countRoster, rosterDelta } from './roster.js';

type Standing = Pick<Member, 'status' | 'roles'>;

const origin = { userId: 'op', requestId: 'r', source: 'test', ip: null, at: '2024-01-01T00:00:00.000Z' };
const admin = (status: MemberStatus): Standing => ({ status, roles: ['admin'] });
const plain = (status: MemberStatus): Standing => ({ status, roles: ['member', 'billing'] });

function itemAfter(item: Item | null, command: Command | null): Item | 'refused' | null {
  if (!command) return item;
  const evolution = evolve(item, command, origin);
  if (evolution.status === 'refused') return 'refused';
  return evolution.status === 'changed' ? evolution.item : item;
}

describe('the roster', () => {
  it.each<[string, Standing | null, Standing | null, number, number]>([
    ['an admin comes', null, admin('active'), 1, 1],
    ['a member comes', null, plain('active'), 1, 0],
    ['a member becomes an admin', plain('active'), admin('active'), 0, 1],
    ['an admin becomes a member', admin('active'), plain('active'), 0, -1],
    ['an admin is suspended', admin('active'), admin('suspended'), -1, -1],
    ['a suspended admin is made a member', admin('suspended'), plain('suspended'), 0, 0],
    ['a suspended admin is removed', admin('suspended'), admin('removed'), 0, 0],
    ['a suspended member comes back as an admin', plain('suspended'), admin('active'), 1, 1],
    ['a removed admin is invited again', admin('removed'), admin('active'), 1, 1],
    ['a member is removed', plain('active'), plain('removed'), -1, 0],
    ['nothing happens', plain('active'), plain('active'), 0, 0],
  ])('when %s', (_name, before, after, active, admins) => {
    expect(rosterDelta(before, after)).toEqual({ active, admins });
  });

  it('says what a recount would say, has an admin, and keeps the limit, whatever happens', () => {
    const step = fc.record({
      who: fc.nat({ max: 4 }),
      status: fc.constantFrom<MemberStatus>('active', 'suspended', 'removed'),
      roles: fc.subarray([...MEMBER_ROLES], { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (steps, limit) => {
        const members = new Map<number, Standing>([[0, admin('active')]]);
        let roster = itemAfter(null, createRosterCommand('acme', countRoster(members.values())));
        for (const { who, ...after } of steps) {
          const delta = rosterDelta(members.get(who) ?? null, after);
          const bounds = { limit: Quantity.of(limit), start: null };
          const next = itemAfter(roster as Item, countCommand('acme', delta, bounds));
          if (next === 'refused') continue;
          roster = next;
          members.set(who, after);
          const counted = countRoster(members.values());
          expect((roster as Item).attributes).toEqual({ ...counted, seats: counted.active });
          expect(counted.admins).toBeGreaterThanOrEqual(1);
          expect(counted.active).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('refuses exactly at its bounds', () => {
    const full = itemAfter(null, createRosterCommand('acme', { active: 3, admins: 1 })) as Item;
    const change = (active: number, admins: number, limit: number | null) =>
      itemAfter(
        full,
        countCommand(
          'acme',
          { active, admins },
          { limit: limit === null ? null : Quantity.of(limit), start: null },
        ),
      );
    expect(change(1, 0, 3)).toBe('refused');
    expect(change(1, 0, 4)).toMatchObject({ attributes: { active: 4 } });
    expect(change(1, 0, null)).toMatchObject({ attributes: { active: 4 } });
    expect(change(-1, -1, null)).toBe('refused');
    // Fewer are always allowed, also where a smaller plan has left too many.
    expect(change(-1, 0, 1)).toMatchObject({ attributes: { active: 2 } });
  });

  it('begins from a count where there is none, and from itself where there is one', () => {
    const bounds = { limit: null, start: { active: 7, admins: 2 } };
    const command = countCommand('acme', { active: 1, admins: 0 }, bounds);
    expect(itemAfter(null, command)).toMatchObject({ version: 1, attributes: { active: 8, admins: 2 } });
    const present = itemAfter(null, createRosterCommand('acme', { active: 1, admins: 1 })) as Item;
    expect(itemAfter(present, command)).toMatchObject({ version: 2, attributes: { active: 2, admins: 1 } });
  });
});

describe('a refusal of the count', () => {
  const alone = { isPooled: false };
  const bound = (attribute: string) =>
    new LandlordError('out_of_bounds', 'x', { facts: { attribute, current: '5', by: '1', bound: '5' } });

  it('names use and limit', () => {
    expect(rosterRefusal(bound('seats'), alone)).toMatchObject({
      code: 'quota_exceeded',
      message: 'Quota exceeded for activeUsers: 5/5. Please upgrade your plan.',
      facts: { metric: 'activeUsers', current: 5, limit: 5 },
    });
  });

  it('says that the last admin stays, and leaves everything else alone', () => {
    expect(rosterRefusal(bound('admins'), alone)).toMatchObject({ code: 'invalid_transition' });
    const others = [bound('size'), new LandlordError('not_found', 'x'), new Error('lost')];
    for (const other of others) expect(rosterRefusal(other, alone)).toBe(other);
  });
});
