import { describe, expect, it } from 'vitest';
import { inviteBody } from './invitation.schema.js';
import { contextOf, type Members, openMembers, tokenOf, visitorOf } from './members.fixture.js';

const admin = contextOf('acme');
const visitor = visitorOf();
const HOUR_LATER = '2024-03-01T10:00:00.000Z';
const NOT_THERE = { code: 'not_found', message: 'invitation not found' };

function open() {
  const members = openMembers();
  members.tenant('acme');
  members.tenant('globex');
  const invite = (input: object = {}, context = admin) =>
    members.invitations.invite(
      context,
      inviteBody.parse({ email: 'kim@acme.example', roles: ['member'], ...input }),
    );
  return { ...members, invite };
}

describe('inviting', () => {
  it('shows the token once; at rest is only its hash', async () => {
    const { fake, invite, invitations } = open();
    const invitation = await invite({ name: 'Kim', expiresInHours: 1 });
    expect(invitation).toMatchObject({
      status: 'pending',
      invitedBy: 'usr-001',
      expiresAt: HOUR_LATER,
      version: 1,
    });
    const secret = tokenOf(invitation).split('.')[2] ?? '';
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const atRest = JSON.stringify([[...fake.items], fake.commands]);
    expect(atRest).not.toContain(secret);
    const listed = await invitations.list(admin, { limit: 50 });
    expect(listed.items).toMatchObject([{ id: invitation.id }]);
    expect(JSON.stringify(listed)).not.toMatch(/token"|hash/i);
  });

  it('keeps no token under an idempotency key: who comes second is shown none', async () => {
    const { fake, invitations } = open();
    const idempotency = { owner: 'o', key: 'k', fingerprint: 'f' };
    const input = inviteBody.parse({ email: 'kim@acme.example', roles: ['member'] });
    const [first, second] = await Promise.all([
      invitations.invite(contextOf('acme', 'usr-001', { idempotency: { ...idempotency } }), input),
      invitations.invite(contextOf('acme', 'usr-001', { idempotency: { ...idempotency } }), input),
    ]);
    expect(first.token).toEqual(expect.any(String));
    expect(second).toEqual({ ...first, token: null });
    expect(JSON.stringify([...fake.kept])).not.toContain(tokenOf(first));
  });

  it('refuses an id that is taken or reserved, and a tenant that is not there', async () => {
    const { invite } = open();
    await expect(invite({ userId: 'usr-001' })).rejects.toMatchObject({ code: 'already_exists' });
    const reserved = ['me', 'invitations', 'system', 'several', 'operator', 'System', 'OPERATOR'];
    for (const userId of [...reserved, 'a#b', 'a/b', ''])
      expect(inviteBody.safeParse({ email: 'k@a.example', roles: ['member'], userId }).success).toBe(false);
    for (const roles of [[], ['system_admin'], ['owner'], 'admin'])
      expect(inviteBody.safeParse({ email: 'k@a.example', roles }).success).toBe(false);
    await expect(invite({}, contextOf('ghost'))).rejects.toMatchObject({ message: 'tenant not found' });
  });
});

describe('accepting', () => {
  it('makes a member as invited, who is counted', async () => {
    const { acceptances, invite, roster, users } = open();
    const token = tokenOf(await invite({ roles: ['billing', 'admin'] }));
    const { tenantCode, member } = await acceptances.accept(visitor, { token, name: 'Kim' });
    expect(tenantCode).toBe('acme');
    expect(member).toMatchObject({ name: 'Kim', roles: ['admin', 'billing'], status: 'active', version: 1 });
    expect(member.id).toMatch(/^usr-[0-9a-f]{16}$/);
    expect(await users.get(admin, member.id)).toEqual(member);
    expect(roster('acme')?.attributes).toMatchObject({ active: 2, admins: 2 });
  });

  it('is done by the member they become, under the id they were invited with', async () => {
    const { acceptances, fake, invite } = open();
    const token = tokenOf(await invite({ userId: 'auth0|7f3a' }));
    await acceptances.accept(visitor, { token });
    expect(fake.items.get('TENANT#acme#USER#auth0|7f3a')).toMatchObject({
      createdBy: 'auth0|7f3a',
      requestId: 'req-2',
      source: 'POST /invitations/accept',
    });
  });

  it('does not tell unknown, used, revoked, replaced and expired tokens apart', async () => {
    const { acceptances, fake, invitations, invite } = open();
    const used = tokenOf(await invite());
    await acceptances.accept(visitor, { token: used });
    const revoked = await invite();
    await invitations.revoke(admin, { id: revoked.id, ifMatch: null });
    const replaced = await invite();
    const again = await invitations.resend(admin, {
      id: replaced.id,
      expiresInHours: undefined,
      ifMatch: null,
    });
    const expired = tokenOf(await invite({ expiresInHours: 1 }));
    fake.now = HOUR_LATER;
    const [tenantCode, id, secret] = tokenOf(again).split('.');
    const unknown = ['', 'x', `ghost.${id}.${secret}`, `globex.${id}.${secret}`, `${tenantCode}.${id}.x`];
    for (const token of [used, tokenOf(revoked), tokenOf(replaced), expired, ...unknown]) {
      await expect(acceptances.accept(visitor, { token })).rejects.toMatchObject(NOT_THERE);
      await expect(acceptances.join(contextOf('globex'), { token })).rejects.toMatchObject(NOT_THERE);
    }
    expect((await acceptances.accept(visitor, { token: tokenOf(again) })).member.status).toBe('active');
  });

  it.each(['suspended', 'closed', 'erased'] as const)(
    'is not possible in a tenant that is %s',
    async (status) => {
      const { acceptances, fake, invite } = open();
      const token = tokenOf(await invite());
      fake.put({ kind: 'partial', pk: 'TENANT#acme', sk: 'MASTER', version: 1, attributes: { status } });
      await expect(acceptances.accept(visitor, { token })).rejects.toMatchObject(NOT_THERE);
    },
  );

  it('is not possible in a tenant that lives on one that is not active, however far above', async () => {
    const members = openMembers();
    const { acceptances, fake, invitations, persons } = members;
    members.tenant('home');
    members.tenant('payer');
    const below = { parentCode: 'payer', billing: 'parent' as const, ancestors: ['payer'] };
    members.tenant('unit', below);
    members.tenant('team', { ...below, parentCode: 'unit', ancestors: ['payer', 'unit'] });
    const input = inviteBody.parse({ email: 'kim@mail.example', roles: ['member'] });
    const tokenFor = async () => tokenOf(await invitations.invite(contextOf('team'), input));
    await acceptances.join(contextOf('home'), { token: await tokenFor() });
    await persons.switchTo(contextOf('home'), 'team');
    const token = await tokenFor();
    const change = (version: number, status: string) =>
      fake.put({ kind: 'partial', pk: 'TENANT#payer', sk: 'MASTER', version, attributes: { status } });
    const version = fake.items.get('TENANT#payer#MASTER')?.version ?? 0;
    change(version, 'suspended');
    await expect(acceptances.accept(visitor, { token })).rejects.toMatchObject(NOT_THERE);
    await expect(acceptances.join(contextOf('home', 'lee'), { token })).rejects.toMatchObject(NOT_THERE);
    await expect(persons.switchTo(contextOf('home'), 'team')).rejects.toMatchObject({
      code: 'not_found',
      message: 'tenant not found',
    });
    change(version + 1, 'active');
    expect((await acceptances.accept(visitor, { token })).tenantCode).toBe('team');
  });

  it('stops at the limit of users; the invitation stays open, and works once there is room', async () => {
    const { acceptances, invite, users } = open();
    for (let index = 0; index < 4; index += 1)
      await acceptances.accept(visitor, { token: tokenOf(await invite({ userId: `u${index}` })) });
    const token = tokenOf(await invite());
    await expect(acceptances.accept(visitor, { token })).rejects.toMatchObject({
      code: 'quota_exceeded',
      facts: { metric: 'activeUsers', current: 5, limit: 5 },
    });
    await users.patch(admin, { id: 'u0', patch: { status: 'suspended' }, ifMatch: null });
    await acceptances.accept(visitor, { token });
    const back = users.patch(admin, { id: 'u0', patch: { status: 'active' }, ifMatch: null });
    await expect(back).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  it('is one acceptance under an idempotency key, whose answer is given again', async () => {
    const { acceptances, invite, roster } = open();
    const token = tokenOf(await invite());
    const keyed = visitorOf({ idempotencyKey: 'k' });
    const first = await acceptances.accept(keyed, { token });
    expect(await acceptances.accept(keyed, { token })).toEqual(first);
    expect(roster('acme')?.attributes).toMatchObject({ active: 2 });
    const other = acceptances.accept(keyed, { token, name: 'Other' });
    await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    await expect(acceptances.accept(visitor, { token })).rejects.toMatchObject(NOT_THERE);
  });

  it.each<[string, (members: Members, id: string) => unknown]>([
    ['was removed', ({ users }, id) => users.remove(admin, { id, ifMatch: null })],
    [
      'is suspended',
      ({ users }, id) => users.patch(admin, { id, patch: { status: 'suspended' }, ifMatch: null }),
    ],
    [
      'came again by another invitation',
      async ({ acceptances, invitations, users }, userId) => {
        await users.remove(admin, { id: userId, ifMatch: null });
        const input = inviteBody.parse({ email: 'kim@acme.example', roles: ['member'], userId });
        await acceptances.accept(visitor, { token: tokenOf(await invitations.invite(admin, input)) });
      },
    ],
    [
      'is of a tenant that is suspended',
      ({ fake }) => {
        const version = fake.items.get('TENANT#acme#MASTER')?.version ?? 0;
        const attributes = { status: 'suspended' };
        fake.put({ kind: 'partial', pk: 'TENANT#acme', sk: 'MASTER', version, attributes });
      },
    ],
  ])('is not told again of a member who %s', async (_, end) => {
    const members = open();
    const token = tokenOf(await members.invite());
    let replays = 0;
    const keyed = visitorOf({
      idempotencyKey: 'k',
      noteReplay: () => {
        replays += 1;
      },
    });
    const { member } = await members.acceptances.accept(keyed, { token });
    expect(replays).toBe(0);
    await members.acceptances.accept(keyed, { token });
    expect(replays).toBe(1);
    await end(members, member.id);
    for (const input of [{ token }, { token, name: 'Other' }])
      await expect(members.acceptances.accept(keyed, input)).rejects.toMatchObject(NOT_THERE);
    expect(replays).toBe(1);
  });

  it('gives a removed member their place back, with what they were in the history', async () => {
    const { acceptances, fake, invite, users } = open();
    await acceptances.accept(visitor, { token: tokenOf(await invite({ userId: 'kim' })) });
    await users.remove(admin, { id: 'kim', ifMatch: null });
    await expect(users.get(admin, 'kim')).rejects.toMatchObject({ code: 'not_found' });
    const { member } = await acceptances.accept(visitor, {
      token: tokenOf(await invite({ userId: 'kim', roles: ['billing'] })),
    });
    expect(member).toMatchObject({ id: 'kim', roles: ['billing'], status: 'active', version: 3 });
    expect(fake.items.get('TENANT#acme#USER#kim')?.isDeleted).toBe(false);
  });

  it('gives the id of a former member to nobody else, at any moment', async () => {
    const { acceptances, fake, invite, users } = open();
    const before = tokenOf(await invite({ userId: 'kim', email: 'lee@acme.example' }));
    await acceptances.accept(visitor, { token: tokenOf(await invite({ userId: 'kim' })) });
    await users.remove(admin, { id: 'kim', ifMatch: null });
    const refused = { code: 'already_exists', message: expect.stringContaining('former member') };
    await expect(invite({ userId: 'kim', email: 'lee@acme.example' })).rejects.toMatchObject(refused);
    await expect(acceptances.accept(visitor, { token: before })).rejects.toMatchObject(refused);
    await expect(acceptances.join(contextOf('globex'), { token: before })).rejects.toMatchObject(refused);
    expect(fake.items.get('TENANT#acme#USER#kim')).toMatchObject({ version: 2, isDeleted: true });
    const token = tokenOf(await invite({ userId: 'kim', email: 'KIM@Acme.example' }));
    expect((await acceptances.accept(visitor, { token })).member.id).toBe('kim');
  });

  it('tells the bearer when the id was taken meanwhile', async () => {
    const { acceptances, invite } = open();
    const tokens = [await invite({ userId: 'kim' }), await invite({ userId: 'kim' })].map(tokenOf);
    const [first = '', second = ''] = tokens;
    await acceptances.accept(visitor, { token: first });
    await expect(acceptances.accept(visitor, { token: second })).rejects.toMatchObject({
      code: 'already_exists',
    });
  });
});

describe('an open invitation', () => {
  it('is renewed, also when it has expired, with a term of its own', async () => {
    const { fake, invitations, invite } = open();
    const { id } = await invite({ expiresInHours: 1 });
    fake.now = HOUR_LATER;
    expect((await invitations.list(admin, { limit: 1 })).items).toMatchObject([{ status: 'expired' }]);
    const renewed = await invitations.resend(admin, { id, expiresInHours: undefined, ifMatch: 1 });
    expect(renewed).toMatchObject({
      status: 'pending',
      expiresAt: '2024-03-01T11:00:00.000Z',
      version: 2,
    });
    const stale = invitations.resend(admin, { id, expiresInHours: 2, ifMatch: 1 });
    await expect(stale).rejects.toMatchObject({ code: 'version_conflict' });
  });

  it('is not there any more once it was revoked, and never for another tenant', async () => {
    const { invitations, invite } = open();
    const { id } = await invite();
    const stranger = contextOf('globex');
    const renewal = { id, expiresInHours: undefined, ifMatch: null };
    await expect(invitations.revoke(stranger, { id, ifMatch: null })).rejects.toMatchObject(NOT_THERE);
    await expect(invitations.resend(stranger, renewal)).rejects.toMatchObject(NOT_THERE);
    expect((await invitations.revoke(admin, { id, ifMatch: null })).status).toBe('revoked');
    await expect(invitations.revoke(admin, { id, ifMatch: null })).rejects.toMatchObject(NOT_THERE);
    await expect(invitations.resend(admin, renewal)).rejects.toMatchObject(NOT_THERE);
    expect((await invitations.list(admin, { limit: 50 })).items).toEqual([]);
  });
});
