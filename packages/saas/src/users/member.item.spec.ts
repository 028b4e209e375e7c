import { type Command, evolve, type Item } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import {
  createInvitationCommand,
  invitationFromItem,
  invitationView,
  settleInvitationCommand,
} from './invitation.item.js';
import { type Invitation } from './invitation.js';
import { invitationView as invitationSchema } from './invitation.schema.js';
import {
  changeMemberCommand,
  createAdminCommand,
  createMemberCommand,
  memberFromItem,
  memberView,
} from './member.item.js';
import { FIRST_ADMIN_ID, type Member, removedMember } from './member.js';
import { createLinkCommand, linkFromItem, linkKey, linkPrefix } from './membership.item.js';
import { memberView as memberSchema } from './user.schema.js';

const NOW = '2024-03-01T09:00:00.000Z';

function itemAfter(command: Command, current: Item | null = null): Item {
  const origin = { userId: 'usr-001', requestId: 'req-1', source: 'test', ip: null, at: NOW };
  const evolution = evolve(current, command, origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  return JSON.parse(JSON.stringify(evolution.item)) as Item;
}

const guest: Member = {
  id: 'auth0|7f3a',
  name: 'Kim',
  email: 'kim@globex.example',
  roles: ['admin', 'billing'],
  status: 'active',
  isFounding: false,
  invitationId: 'inv-1',
  person: { tenantCode: 'globex', userId: 'usr-001', invitationId: null },
};

describe('a member', () => {
  it.each([
    ['admin@acme.example', 'admin@acme.example'],
    [null, 'usr-001'],
  ])('is the founder, with the address %s or without', (email, name) => {
    const item = itemAfter(createAdminCommand('acme-corp', { id: FIRST_ADMIN_ID, email }));
    expect(item).toMatchObject({
      pk: 'TENANT#acme-corp',
      sk: 'USER#usr-001',
      type: 'USER',
      code: 'usr-001',
      name,
      attributes: { email, roles: ['admin'], status: 'active', isFounding: true },
    });
  });

  it('is read back from its item, and shown without the other tenant', () => {
    const item = itemAfter(createMemberCommand('acme-corp', guest));
    expect(memberFromItem(item)).toEqual(guest);
    const view = memberView(item);
    expect(memberSchema.strict().parse(view)).toEqual(view);
    expect(view.isGuest).toBe(true);
    expect(JSON.stringify(view)).not.toContain('"globex"');
  });

  it('is read from items older than invitations', () => {
    const item = itemAfter(createMemberCommand('acme-corp', guest));
    const attributes = { email: null, roles: ['admin'], status: 'active' };
    expect(memberFromItem({ ...item, attributes })).toMatchObject({ isFounding: false, person: null });
  });

  it('is hidden when removed, and keeps what it was', () => {
    const item = itemAfter(createMemberCommand('acme-corp', guest));
    const removed = itemAfter(changeMemberCommand('acme-corp', removedMember(guest), 1), item);
    expect(removed).toMatchObject({ version: 2, isDeleted: true });
    expect(memberFromItem(removed)).toEqual({ ...guest, status: 'removed' });
  });
});

describe('an invitation', () => {
  const invitation: Invitation = {
    id: 'inv-5d41402abc4b',
    email: 'kim@acme.example',
    name: null,
    roles: ['member'],
    userId: null,
    status: 'pending',
    tokenId: 'aabbccddeeff',
    tokenHash: 'hash',
    expiresInHours: 1,
    expiresAt: '2024-03-01T10:00:00.000Z',
  };
  const item = itemAfter(createInvitationCommand('acme-corp', invitation));

  it('is read back, falls due at its end, and is shown without its hash', () => {
    expect(invitationFromItem(item)).toEqual(invitation);
    expect(item.dueAt).toBe(invitation.expiresAt);
    const view = invitationView(item, NOW);
    expect(invitationSchema.strict().parse(view)).toEqual(view);
    expect(view).toMatchObject({ status: 'pending', invitedBy: 'usr-001' });
    expect(invitationView(item, invitation.expiresAt).status).toBe('expired');
  });

  it('has no hash and no term once it is settled', () => {
    const settled = itemAfter(settleInvitationCommand(item, 1, 'accepted'), item);
    expect(settled).toMatchObject({ isDeleted: true, dueAt: null, attributes: { tokenHash: null } });
    expect(invitationView(settled, invitation.expiresAt).status).toBe('accepted');
  });
});

describe('the link of a person', () => {
  it('is kept at home, and found among theirs only', () => {
    const person = { tenantCode: 'globex', userId: 'a#b', invitationId: null };
    const item = itemAfter(createLinkCommand(person, { tenantCode: 'acme-corp', userId: 'usr-9' }));
    expect(item).toMatchObject({ ...linkKey(person, 'acme-corp'), tenantCode: 'globex' });
    expect(linkFromItem(item)).toEqual({ tenantCode: 'acme-corp', userId: 'usr-9' });
    expect(item.sk.startsWith(linkPrefix(person))).toBe(true);
    for (const userId of ['a', 'a#', 'a#b#', 'a%23b']) {
      expect(item.sk.startsWith(linkPrefix({ userId }))).toBe(false);
    }
  });
});
