import { type InvokeContext, type Role, type SessionOrigin } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { inviteBody } from './invitation.schema.js';
import { contextOf, type Members, openMembers, tokenOf, visitorOf } from './members.fixture.js';

const NOT_THERE = { code: 'not_found', message: 'tenant not found' };
/** At home in globex, under the same id as the founder of every tenant. */
const kim = contextOf('globex');

async function invited(members: Members, tenantCode: string, input: object = {}): Promise<string> {
  const body = inviteBody.parse({ email: 'kim@mail.example', roles: ['member'], ...input });
  return tokenOf(await members.invitations.invite(contextOf(tenantCode), body));
}

async function open() {
  const members = openMembers();
  for (const code of ['acme', 'globex', 'initech']) members.tenant(code);
  const token = await invited(members, 'acme', { roles: ['billing'] });
  const { member } = await members.acceptances.join(kim, { token });
  return { ...members, memberId: member.id, guest: contextOf('acme', member.id) };
}

describe('joining', () => {
  it('makes a guest, tells their home, and shows nobody the other tenant', async () => {
    const { fake, memberId, roster, users } = await open();
    const person = { tenantCode: 'globex', userId: 'usr-001', invitationId: null };
    expect(fake.items.get(`TENANT#acme#USER#${memberId}`)).toMatchObject({
      createdBy: 'usr-001',
      attributes: { person, roles: ['billing'] },
    });
    expect(fake.items.get('TENANT#globex#MEMBERSHIP#usr-001#acme')).toMatchObject({
      attributes: { userId: memberId },
    });
    expect(roster('acme')?.attributes).toMatchObject({ active: 2, admins: 1 });
    expect(JSON.stringify(await users.get(contextOf('acme'), memberId))).not.toContain('globex');
  });

  it('is refused to those who belong already, at home or as a guest, and spends nothing', async () => {
    const members = await open();
    const { acceptances, roster } = members;
    const token = await invited(members, 'acme');
    for (const context of [kim, members.guest, contextOf('acme')])
      await expect(acceptances.join(context, { token })).rejects.toMatchObject({ code: 'already_exists' });
    await acceptances.join(contextOf('initech'), { token });
    expect(roster('acme')?.attributes).toMatchObject({ active: 3, admins: 1 });
  });

  it('by a token that they spend at the same moment finds no invitation', async () => {
    const members = openMembers();
    for (const code of ['acme', 'globex']) members.tenant(code);
    const { acceptances, fake } = members;
    const token = await invited(members, 'acme');
    const get = fake.get.bind(fake);
    let isFirst = true;
    fake.get = async (scope, key) => {
      if (isFirst && key.sk.startsWith('MEMBERSHIP#')) {
        isFirst = false;
        await acceptances.join(kim, { token });
      }
      return get(scope, key);
    };
    await expect(acceptances.join(kim, { token })).rejects.toMatchObject({ message: 'invitation not found' });
    expect(isFirst).toBe(false);
  });

  it('keeps the person where a guest joins a third tenant', async () => {
    const members = await open();
    const token = await invited(members, 'initech');
    const { member } = await members.acceptances.join(members.guest, { token });
    expect(members.fake.items.get(`TENANT#initech#USER#${member.id}`)?.attributes.person).toMatchObject({
      tenantCode: 'globex',
      userId: 'usr-001',
    });
    const codes = (await members.persons.list(kim, { limit: 50 })).items.map(({ tenantCode }) => tenantCode);
    expect(codes).toEqual(['globex', 'acme', 'initech']);
  });
});

describe('a membership that says whose it is', () => {
  it.each<[string, (members: Members, memberId: string) => void]>([
    ['that never was', ({ fake }) => fake.items.delete('TENANT#globex#MEMBERSHIP#usr-001#acme')],
    [
      'that ended',
      ({ fake }) =>
        fake.put({
          kind: 'partial',
          pk: 'TENANT#globex',
          sk: 'MEMBERSHIP#usr-001#acme',
          version: 1,
          isDeleted: true,
        }),
    ],
    [
      'of another member',
      ({ fake }) =>
        fake.put({
          kind: 'partial',
          pk: 'TENANT#globex',
          sk: 'MEMBERSHIP#usr-001#acme',
          version: 1,
          attributes: { userId: 'other' },
        }),
    ],
  ])('proves nothing beside a link %s', async (_, spoil) => {
    const members = await open();
    const { acceptances, grants, guest, persons } = members;
    expect(await persons.personOf(guest)).toMatchObject({ tenantCode: 'globex' });
    spoil(members, members.memberId);
    expect(await persons.personOf(guest)).toBeNull();
    expect(await persons.list(guest, { limit: 50 })).toEqual({ items: [], nextCursor: null });
    for (const code of ['globex', 'initech'])
      await expect(persons.switchTo(guest, code)).rejects.toMatchObject(NOT_THERE);
    const token = await invited(members, 'initech');
    await expect(acceptances.join(guest, { token })).rejects.toMatchObject({ code: 'forbidden' });
    expect(grants).toEqual([]);
  });
});

describe('the tenants of a person', () => {
  it('are home and those joined, the same from anywhere', async () => {
    const { persons, memberId, guest } = await open();
    const home = { tenantCode: 'globex', userId: 'usr-001', roles: ['admin'], isHome: true };
    const joined = { tenantCode: 'acme', userId: memberId, roles: ['billing'], isHome: false };
    const { items, nextCursor } = await persons.list(kim, { limit: 50 });
    expect(items).toMatchObject([
      { ...home, isCurrent: true },
      { ...joined, isCurrent: false },
    ]);
    expect(nextCursor).toBeNull();
    expect((await persons.list(guest, { limit: 50 })).items).toMatchObject([
      { ...home, isCurrent: false },
      { ...joined, isCurrent: true },
    ]);
  });

  it('come in pages of any size', async () => {
    const members = await open();
    await members.acceptances.join(kim, { token: await invited(members, 'initech') });
    for (const limit of [1, 2, 3]) {
      const codes: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await members.persons.list(kim, { limit, ...(cursor === null ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        codes.push(...page.items.map(({ tenantCode }) => tenantCode));
        cursor = page.nextCursor;
      } while (cursor !== null && codes.length < 10);
      expect(codes).toEqual(['globex', 'acme', 'initech']);
    }
  });

  it('are all there, also when they are more than can be read at once', async () => {
    const members = await open();
    const codes = Array.from({ length: 70 }, (_, index) => `tenant-${String(index).padStart(2, '0')}`);
    for (const code of codes) {
      members.tenant(code);
      await members.acceptances.join(kim, { token: await invited(members, code) });
    }
    const { items } = await members.persons.list(kim, { limit: 200 });
    expect(items.map(({ tenantCode }) => tenantCode)).toEqual(['globex', 'acme', ...codes]);
    expect(items.every(({ tenantCode, tenantName }) => tenantCode === tenantName)).toBe(true);
  });

  it('are nobody else’s for an equal id', async () => {
    const { persons } = await open();
    const other = await persons.list(contextOf('initech'), { limit: 50 });
    expect(other.items.map(({ tenantCode }) => tenantCode)).toEqual(['initech']);
    await expect(persons.switchTo(contextOf('initech'), 'acme')).rejects.toMatchObject(NOT_THERE);
    await expect(persons.switchTo(contextOf('acme'), 'globex')).rejects.toMatchObject(NOT_THERE);
  });
});

describe('switching', () => {
  it('gives a token for the membership there, with the roles there', async () => {
    const { grants, memberId, persons } = await open();
    const tokenExpiresAt = '2024-03-01T09:30:00.000Z';
    const context = { ...kim, user: { ...kim.user, tokenExpiresAt } };
    expect(await persons.switchTo(context, 'acme')).toEqual({
      token: 'session 1',
      tokenType: 'Bearer',
      expiresAt: '2024-03-01T10:00:00.000Z',
      tenantCode: 'acme',
      userId: memberId,
      roles: ['billing'],
    });
    expect(grants).toEqual([
      {
        tenantCode: 'acme',
        userId: memberId,
        roles: ['billing'],
        notAfter: tokenExpiresAt,
        origin: { tenantCode: 'globex', roles: ['admin'] },
      },
    ]);
  });

  it('leads back home', async () => {
    const { persons, guest } = await open();
    const session = sessionOf(guest, { tenantCode: 'globex', roles: ['admin'] });
    expect(await persons.switchTo(session, 'globex')).toMatchObject({ userId: 'usr-001', roles: ['admin'] });
  });

  it('is refused to where one is: it would give what the token does not', async () => {
    const { grants, persons, guest } = await open();
    const narrow = withRoles(kim, ['member']);
    for (const [context, code] of [
      [narrow, 'globex'],
      [guest, 'acme'],
    ] as const)
      await expect(persons.switchTo(context, code)).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ path: 'tenantCode' }],
      });
    expect(grants).toEqual([]);
  });

  it.each<[string, Role[], Role[] | null]>([
    ['no more than a narrower token', ['member'], ['member']],
    ['several of those', ['billing', 'member'], ['billing', 'member']],
    ['all of a wide one', ['admin', 'billing'], ['admin', 'billing']],
    ['nothing for nothing', [], null],
  ])('gives at home %s, however many tenants are between', async (_, signedIn, expected) => {
    const members = await open();
    const { acceptances, grants, guest, persons } = members;
    const { member } = await acceptances.join(kim, { token: await invited(members, 'initech') });
    await persons.switchTo(withRoles(kim, signedIn), 'acme');
    const origin = grants[0]?.origin;
    expect(origin).toEqual({ tenantCode: 'globex', roles: signedIn });
    await persons.switchTo(sessionOf(guest, origin), 'initech');
    expect(grants[1]).toMatchObject({ roles: ['member'], origin });
    const back = persons.switchTo(sessionOf(contextOf('initech', member.id), origin), 'globex');
    if (expected) expect((await back).roles).toEqual(expected);
    else await expect(back).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('gives at home no more than the membership there, whatever the token gave', async () => {
    const members = await open();
    const { fake, guest, persons } = members;
    const attributes = { roles: ['billing'] };
    fake.put({ kind: 'partial', pk: 'TENANT#globex', sk: 'USER#usr-001', version: 1, attributes });
    const session = sessionOf(guest, { tenantCode: 'globex', roles: ['admin'] });
    expect((await persons.switchTo(session, 'globex')).roles).toEqual(['billing']);
  });

  it('leads who signed in as a guest home and back with no more than that token gave', async () => {
    const { grants, persons, guest } = await open();
    const home = await persons.switchTo(withRoles(guest, ['billing']), 'globex');
    expect(home.roles).toEqual(['billing']);
    const origin = grants[0]?.origin;
    expect(origin).toEqual({ tenantCode: 'acme', roles: ['billing'] });
    const away = sessionOf(kim, { tenantCode: 'acme', roles: ['member'] });
    await expect(persons.switchTo(away, 'acme')).rejects.toMatchObject({ code: 'forbidden' });
    expect((await persons.switchTo(sessionOf(kim, origin), 'acme')).roles).toEqual(['billing']);
  });

  it('goes by the keys of items, never by the codes they say', async () => {
    const members = await open();
    const { fake, grants, memberId, persons, users } = members;
    for (const [pk, sk] of [
      ['TENANT#globex', 'MEMBERSHIP#usr-001#acme'],
      ['TENANT#acme', `USER#${memberId}`],
      ['TENANT#acme', 'MASTER'],
    ]) {
      const id = `${pk}#${sk}`;
      const item = fake.items.get(id);
      if (!item) throw new Error(`there is no ${id}`);
      fake.items.set(id, { ...item, code: 'initech' });
    }
    expect(await persons.switchTo(kim, 'acme')).toMatchObject({ tenantCode: 'acme', userId: memberId });
    expect(grants).toMatchObject([{ tenantCode: 'acme', userId: memberId, roles: ['billing'] }]);
    const { items } = await persons.list(kim, { limit: 50 });
    expect(items).toMatchObject([{ tenantCode: 'globex' }, { tenantCode: 'acme', userId: memberId }]);
    await users.patch(contextOf('acme'), { id: memberId, patch: { name: 'Kim' }, ifMatch: null });
    expect(fake.items.get(`TENANT#acme#USER#${memberId}`)?.name).toBe('Kim');
    await users.remove(contextOf('acme'), { id: memberId, ifMatch: null });
    expect(fake.items.get('TENANT#globex#MEMBERSHIP#usr-001#acme')?.isDeleted).toBe(true);
  });

  it('finds no tenant that is not theirs, not active, or was never there', async () => {
    const { fake, grants, persons } = await open();
    for (const code of ['initech', 'ghost'])
      await expect(persons.switchTo(kim, code)).rejects.toMatchObject(NOT_THERE);
    const status = 'suspended';
    fake.put({ kind: 'partial', pk: 'TENANT#acme', sk: 'MASTER', version: 1, attributes: { status } });
    await expect(persons.switchTo(kim, 'acme')).rejects.toMatchObject(NOT_THERE);
    expect(grants).toEqual([]);
  });

  it('ends with suspension and removal at once, and comes back with a new invitation only', async () => {
    const members = await open();
    const { acceptances, fake, memberId: id, persons, users } = members;
    const acme = contextOf('acme');
    await users.patch(acme, { id, patch: { status: 'suspended' }, ifMatch: null });
    await expect(persons.switchTo(kim, 'acme')).rejects.toMatchObject(NOT_THERE);
    await users.patch(acme, { id, patch: { status: 'active' }, ifMatch: null });
    await persons.switchTo(kim, 'acme');
    await users.remove(acme, { id, ifMatch: null });
    await expect(persons.switchTo(kim, 'acme')).rejects.toMatchObject(NOT_THERE);
    expect(fake.items.get('TENANT#globex#MEMBERSHIP#usr-001#acme')).toMatchObject({ isDeleted: true });
    expect((await persons.list(kim, { limit: 50 })).items).toHaveLength(1);
    await acceptances.join(kim, { token: await invited(members, 'acme', { userId: id }) });
    expect(await persons.switchTo(kim, 'acme')).toMatchObject({ userId: id, roles: ['member'] });
  });

  it('is not inherited by whoever gets the id of a former member', async () => {
    const members = await open();
    const { acceptances, invitations, persons, users } = members;
    const home = inviteBody.parse({ email: 'lee@globex.example', roles: ['admin'], userId: 'lee' });
    const lee = contextOf('globex', 'lee');
    const asLee = async () => {
      const { token } = await invitations.invite(kim, home);
      await acceptances.accept(visitorOf(), { token: token ?? '' });
    };
    await asLee();
    await acceptances.join(lee, { token: await invited(members, 'acme') });
    const { userId: guestId } = await persons.switchTo(lee, 'acme');
    await users.remove(kim, { id: 'lee', ifMatch: null });
    await asLee();
    await expect(persons.switchTo(lee, 'acme')).rejects.toMatchObject(NOT_THERE);
    expect((await persons.list(lee, { limit: 50 })).items).toMatchObject([{ tenantCode: 'globex' }]);
    // Nor does the one who had the id before become its new holder, from where they are still a guest.
    const before = contextOf('acme', guestId);
    await expect(persons.switchTo(before, 'globex')).rejects.toMatchObject(NOT_THERE);
    expect((await persons.list(before, { limit: 50 })).items).toEqual([]);
  });

  it('says so where nobody signs sessions', async () => {
    const members = openMembersWithout();
    await members.acceptances.join(kim, { token: await invited(members, 'acme') });
    await expect(members.persons.switchTo(kim, 'acme')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

function openMembersWithout() {
  const members = openMembers({ hasSessions: false });
  members.tenant('globex');
  members.tenant('acme');
  return members;
}

function withRoles(context: InvokeContext, roles: readonly Role[]): InvokeContext {
  return { ...context, user: { ...context.user, roles } };
}

function sessionOf(context: InvokeContext, origin: SessionOrigin | undefined): InvokeContext {
  if (!origin) throw new Error('a session began somewhere');
  return { ...context, user: { ...context.user, origin } };
}
