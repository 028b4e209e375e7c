import {
  type Change,
  DataService,
  type Item,
  LandlordError,
  type Quantity,
  type Store,
} from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { type Tenant } from '../tenants/tenant.js';
import { type UsageService } from '../usage/usage.service.js';
import { ActiveUsersHandler } from './active-users.service.js';
import { inviteBody } from './invitation.schema.js';
import { createAdminCommand, createMemberCommand } from './member.item.js';
import { type Member } from './member.js';
import { contextOf, type Members, openMembers, tokenOf, visitorOf } from './members.fixture.js';
import { memberPatch } from './user.schema.js';

const admin = contextOf('acme');
const LAST_ADMIN = { code: 'invalid_transition', message: expect.stringContaining('last admin') };

async function admit(members: Members, tenantCode: string, input: object): Promise<void> {
  const body = inviteBody.parse({ email: 'kim@acme.example', roles: ['member'], ...input });
  const token = tokenOf(await members.invitations.invite(contextOf(tenantCode), body));
  await members.acceptances.accept(visitorOf(), { token });
}

function memberOf(id: string, overrides: Partial<Member> = {}): Member {
  const base = { name: id, email: null, roles: ['member'] as const, status: 'active' as const };
  return { id, ...base, isFounding: false, invitationId: null, person: null, ...overrides };
}

describe('a member', () => {
  it('is listed, read and changed in their own tenant only', async () => {
    const members = openMembers();
    members.tenant('acme');
    members.tenant('globex');
    await admit(members, 'acme', { userId: 'kim' });
    const { users } = members;
    const page = await users.list(admin, { limit: 1 });
    expect(page.items.map(({ id }) => id)).toEqual(['kim']);
    expect(page.nextCursor).not.toBeNull();
    const stranger = contextOf('globex');
    await expect(users.get(stranger, 'kim')).rejects.toMatchObject({ message: 'member not found' });
    await expect(users.remove(stranger, { id: 'kim', ifMatch: null })).rejects.toMatchObject({
      message: 'member not found',
    });
    await expect(users.list(contextOf('ghost'), { limit: 1 })).rejects.toMatchObject({ code: 'not_found' });
    expect(await users.getMe(contextOf('acme', 'kim'))).toMatchObject({ id: 'kim' });
  });

  it('keeps what a change does not name; a stale version is a conflict; no change is none', async () => {
    const members = openMembers();
    members.tenant('acme');
    await admit(members, 'acme', { userId: 'kim' });
    const { users } = members;
    const patched = await users.patch(admin, { id: 'kim', patch: { name: 'Kim Doe' }, ifMatch: 1 });
    expect(patched).toMatchObject({
      name: 'Kim Doe',
      email: 'kim@acme.example',
      roles: ['member'],
      version: 2,
    });
    const stale = users.patch(admin, { id: 'kim', patch: { name: 'Other' }, ifMatch: 1 });
    await expect(stale).rejects.toMatchObject({ code: 'version_conflict' });
    expect((await users.patch(admin, { id: 'kim', patch: {}, ifMatch: null })).version).toBe(2);
    expect(memberPatch.safeParse({ status: 'removed' }).success).toBe(false);
    expect(memberPatch.safeParse({ roles: ['system_admin'] }).success).toBe(false);
  });
});

describe('the last admin', () => {
  it('stays, however they would go, also by their own hand', async () => {
    const members = openMembers();
    members.tenant('acme');
    const { users } = members;
    const id = 'usr-001';
    await expect(users.remove(admin, { id, ifMatch: null })).rejects.toMatchObject(LAST_ADMIN);
    for (const patch of [{ roles: ['billing' as const] }, { status: 'suspended' as const }])
      await expect(users.patch(admin, { id, patch, ifMatch: null })).rejects.toMatchObject(LAST_ADMIN);
    await admit(members, 'acme', { userId: 'kim', roles: ['admin'] });
    await users.patch(admin, { id: 'kim', patch: { status: 'suspended' }, ifMatch: null });
    await expect(users.remove(admin, { id, ifMatch: null })).rejects.toMatchObject(LAST_ADMIN);
    await users.patch(admin, { id: 'kim', patch: { status: 'active' }, ifMatch: null });
    expect((await users.remove(admin, { id, ifMatch: null })).status).toBe('removed');
    expect(members.roster('acme')?.attributes).toEqual({ active: 1, admins: 1, seats: 1 });
  });

  it('is found where there was no roster yet, by counting all pages', async () => {
    const members = openMembers();
    members.tenant('acme', {}, { roster: false, planCode: 'enterprise' });
    for (let index = 0; index < 250; index += 1)
      members.fake.put(createMemberCommand('acme', memberOf(`m${index}`)));
    members.fake.put(createMemberCommand('acme', memberOf('s', { status: 'suspended', roles: ['admin'] })));
    const { users } = members;
    await expect(users.remove(admin, { id: 'usr-001', ifMatch: null })).rejects.toMatchObject(LAST_ADMIN);
    await users.remove(admin, { id: 'm0', ifMatch: null });
    expect(members.roster('acme')).toMatchObject({ version: 1, attributes: { active: 250, admins: 1 } });
    await users.remove(admin, { id: 'm1', ifMatch: null });
    expect(members.roster('acme')).toMatchObject({ version: 2, attributes: { active: 249, admins: 1 } });
  });
});

describe('a tenant on the plan of another', () => {
  it('goes by that plan and its own cap', async () => {
    const members = openMembers();
    members.tenant('group', {}, { planCode: 'enterprise' });
    const child = { parentCode: 'group', billing: 'parent' as const };
    members.tenant('unit', { ...child, ancestors: ['group'], caps: { activeUsers: 2 } });
    members.tenant('team', { ...child, ancestors: ['group'] });
    members.tenant('squad', { ...child, parentCode: 'unit', ancestors: ['group', 'unit'] });
    await admit(members, 'unit', { userId: 'a' });
    await expect(admit(members, 'unit', { userId: 'b' })).rejects.toMatchObject({
      code: 'quota_exceeded',
      facts: { metric: 'activeUsers' },
    });
    members.tenant('small');
    members.tenant('part', { ...child, parentCode: 'small', ancestors: ['small'] });
    for (let index = 0; index < 4; index += 1) await admit(members, 'part', { userId: `p${index}` });
    expect(members.roster('small')?.attributes).toMatchObject({ active: 1, seats: 5 });
    await expect(admit(members, 'part', { userId: 'p4' })).rejects.toMatchObject({ code: 'quota_exceeded' });
    await expect(admit(members, 'small', { userId: 'own' })).rejects.toMatchObject({
      facts: { current: 5, limit: 5 },
    });
    await members.users.remove(contextOf('part'), { id: 'p0', ifMatch: null });
    await admit(members, 'small', { userId: 'own' });
    // The cap of the tenant between holds for all below it.
    await expect(admit(members, 'squad', { userId: 'q' })).rejects.toMatchObject({ code: 'quota_exceeded' });
    // Enterprise has no limit; a starter plan of its own would end at 5.
    for (let index = 0; index < 6; index += 1) await admit(members, 'team', { userId: `t${index}` });
    expect(members.roster('team')?.attributes).toMatchObject({ active: 7 });
  });
});

describe('the gauge of active users', () => {
  type Recorded = Parameters<UsageService['recordOwn']>;

  function change(before: Member | null, after: Member, version = 2): Change {
    const members = openMembers();
    const itemOf = (member: Member): Item => {
      members.fake.put(createMemberCommand('acme', member));
      const item = members.fake.items.get(`TENANT#acme#USER#${member.id}`);
      if (!item) throw new Error('the item was put');
      members.fake.items.delete(`TENANT#acme#USER#${member.id}`);
      return item;
    };
    const item = { ...itemOf(after), version };
    const { pk, sk, type, tenantCode } = item;
    return { pk, sk, type, tenantCode, version, span: 1, old: before && itemOf(before), new: item };
  }

  function handlerWith(refusal?: Error, status: Tenant['status'] = 'active') {
    const members = openMembers();
    members.tenant('acme', { status });
    const recorded: Recorded[] = [];
    const recordOwn = async (...call: Recorded) => {
      recorded.push(call);
      if (refusal) throw refusal;
    };
    const data = new DataService(members.fake as unknown as Store);
    return { recorded, handler: new ActiveUsersHandler({ recordOwn } as unknown as UsageService, data) };
  }

  it('moves by one event for each change, always of the same id', async () => {
    const { handler, recorded } = handlerWith();
    const kim = memberOf('kim');
    await handler.handleSync(change(null, kim, 1));
    await handler.handleSync(change(kim, { ...kim, status: 'suspended' }));
    await handler.handleSync(change(kim, { ...kim, status: 'suspended' }));
    await handler.handleSync(change(kim, { ...kim, name: 'Kim Doe' }, 3));
    const said = recorded.map(([context, [event]]) => [
      context.user,
      event?.id,
      (event as { quantity: Quantity }).quantity.toJSON(),
    ]);
    const system = { userId: 'system', tenantCode: 'acme', roles: ['system_admin'] };
    expect(said).toEqual([
      [system, 'landlord:member:kim:1', 1],
      [system, 'landlord:member:kim:2', -1],
      [system, 'landlord:member:kim:2', -1],
    ]);
    expect(recorded[0]?.[1]).toMatchObject([
      { metric: 'activeUsers', timestamp: '2024-03-01T09:00:00.000Z' },
    ]);
  });

  it('has the founder from the start', async () => {
    const { handler, recorded } = handlerWith();
    const founder = memberOf('usr-001', { isFounding: true, roles: ['admin'] });
    expect(createAdminCommand('acme', { id: 'usr-001', email: null })).toMatchObject({
      attributes: { isFounding: true },
    });
    await handler.handleSync(change(null, founder, 1));
    expect(recorded).toEqual([]);
  });

  it('is left alone once the tenant is closed', async () => {
    const { handler, recorded } = handlerWith(undefined, 'closed');
    await handler.handleSync(change(null, memberOf('kim'), 1));
    expect(recorded).toEqual([]);
  });

  it('is left alone where the tenant is gone, and tried again otherwise', async () => {
    const gone = handlerWith(new LandlordError('not_found', 'tenant not found'));
    await gone.handler.handleSync(change(null, memberOf('kim')));
    const failing = handlerWith(new LandlordError('unavailable', 'later'));
    await expect(failing.handler.handleSync(change(null, memberOf('kim')))).rejects.toThrow('later');
  });
});
