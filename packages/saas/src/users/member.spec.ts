import { describe, expect, it } from 'vitest';
import {
  activeUsersDelta,
  isReturning,
  isSamePerson,
  isStillPerson,
  type Member,
  type MemberStatus,
  type Person,
  patchedMember,
  removedMember,
  rolesInOrder,
} from './member.js';

function memberOf(overrides: Partial<Member> = {}): Member {
  return {
    id: 'usr-002',
    name: 'Kim',
    email: 'kim@acme.example',
    roles: ['member'],
    status: 'active',
    isFounding: false,
    invitationId: 'inv-1',
    person: null,
    ...overrides,
  };
}

const standing = (status: MemberStatus | null) => (status ? memberOf({ status }) : null);

describe('active users', () => {
  it.each<[MemberStatus | null, MemberStatus, number]>([
    [null, 'active', 1],
    [null, 'suspended', 0],
    ['active', 'active', 0],
    ['active', 'suspended', -1],
    ['active', 'removed', -1],
    ['suspended', 'active', 1],
    ['suspended', 'removed', 0],
    ['removed', 'active', 1],
  ])('from %s to %s: %i', (before, after, delta) => {
    expect(activeUsersDelta(standing(before), memberOf({ status: after }))).toBe(delta);
  });

  it('were counted with the founder already, who counts like anybody after that', () => {
    const founder = memberOf({ isFounding: true });
    expect(activeUsersDelta(null, founder)).toBe(0);
    expect(activeUsersDelta(founder, removedMember(founder))).toBe(-1);
    expect(activeUsersDelta(removedMember(founder), founder)).toBe(1);
  });
});

describe('a change of a member', () => {
  it('leaves what it does not name', () => {
    const member = memberOf({ roles: ['admin', 'billing'] });
    expect(patchedMember(member, {})).toEqual(member);
    expect(patchedMember(member, { name: 'Kim Doe' })).toEqual({ ...member, name: 'Kim Doe' });
    expect(patchedMember(member, { status: 'suspended' })).toEqual({ ...member, status: 'suspended' });
  });

  it('names each role once, in one order', () => {
    expect(patchedMember(memberOf(), { roles: ['member', 'admin', 'member'] }).roles).toEqual([
      'admin',
      'member',
    ]);
    expect(rolesInOrder(['billing', 'billing'])).toEqual(['billing']);
  });
});

describe('who is invited under the id of a former member', () => {
  it.each<[string | null, string, boolean]>([
    ['kim@acme.example', 'kim@acme.example', true],
    ['kim@acme.example', 'Kim@ACME.example', true],
    ['kim@acme.example', 'lee@acme.example', false],
    [null, 'kim@acme.example', false],
  ])('was at %j, is at %j: is the same? %s', (email, invitedAt, isSame) => {
    expect(isReturning({ email }, invitedAt)).toBe(isSame);
  });
});

describe('a person', () => {
  const person: Person = { tenantCode: 'acme', userId: 'usr-001', invitationId: null };

  it.each<[string, Person, Member | null, boolean]>([
    ['a founder', person, memberOf({ invitationId: null }), true],
    ['somebody whom their home does not keep', person, null, true],
    ['somebody invited since under the same id', person, memberOf({ invitationId: 'inv-2' }), false],
    ['a member of the same invitation', { ...person, invitationId: 'inv-1' }, memberOf(), true],
    ['a member invited again', { ...person, invitationId: 'inv-0' }, memberOf(), false],
    ['a member whose item is gone', { ...person, invitationId: 'inv-1' }, null, false],
  ])('is still there, or not: %s', (_name, given, home, isStill) => {
    expect(isStillPerson(given, home)).toBe(isStill);
  });

  it.each<[Partial<Person> | null, boolean]>([
    [{}, true],
    [{ tenantCode: 'globex' }, false],
    [{ userId: 'usr-002' }, false],
    [{ invitationId: 'inv-1' }, false],
    [null, false],
  ])('is the same as with %j: %s', (other, isSame) => {
    expect(isSamePerson(person, other && { ...person, ...other })).toBe(isSame);
  });
});
