import {
  CLOCK,
  CoreModule,
  type InvokeContext,
  type JsonObject,
  LandlordError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  SystemClock,
} from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import {
  AcceptanceService,
  InvitationService,
  PersonService,
  PlanService,
  SaasModule,
  TenantService,
  UserService,
  type Visitor,
} from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const VISITOR: Visitor = {
  requestId: 'req-2',
  source: 'test',
  ip: null,
  idempotencyKey: null,
  noteReplay: () => undefined,
};

@Module({})
class RootModule {}

function contextOf(tenantCode: string | null, userId = 'usr-001'): InvokeContext {
  const roles = tenantCode === null ? (['system_admin'] as const) : (['admin'] as const);
  const user = { userId, tenantCode, roles };
  return { user, requestId: 'req-1', source: 'test', ip: null, idempotency: null };
}

/** How many succeeded, and the codes of the refusals. */
async function outcomes(tries: readonly Promise<unknown>[]): Promise<{ won: number; codes: string[] }> {
  const settled = await Promise.allSettled(tries);
  const codes = settled.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (result.reason instanceof LandlordError) return [result.reason.code];
    throw result.reason;
  });
  return { won: settled.length - codes.length, codes: [...new Set(codes)] };
}

describe('members on a real store', () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let store: Store;
  let users: UserService;
  let acceptances: AcceptanceService;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    const core = CoreModule.forRoot({
      store: new PostgresStore({ connectionString: database.url }),
      clock: new SystemClock(),
    });
    app = await NestFactory.createApplicationContext(
      { module: RootModule, imports: [core, SaasModule] },
      { logger: ['error'] },
    );
    store = app.get(STORE);
    users = app.get(UserService, { strict: false });
    acceptances = app.get(AcceptanceService, { strict: false });
    await app.get(PlanService, { strict: false }).seed();
    expect(app.get(CLOCK)).toBeInstanceOf(SystemClock);
  });
  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  async function provision(companySlug: string, planCode = 'starter'): Promise<InvokeContext> {
    const input = { companySlug, companyName: companySlug, planCode, timezone: 'UTC' as never };
    await app.get(TenantService, { strict: false }).provision(contextOf(null), input);
    return contextOf(companySlug);
  }

  /** A tenant with a founder and nothing else, as another one has them. */
  async function tenantOfOld(tenantCode: string): Promise<InvokeContext> {
    await provision(`model-of-${tenantCode}`);
    const pk = `TENANT#model-of-${tenantCode}`;
    const keys = ['MASTER', 'USER#usr-001'].map((sk) => ({ pk, sk }));
    const items = await store.getMany(SYSTEM_SCOPE, keys);
    const commands = items.flatMap((item) => {
      if (!item) throw new Error('a tenant has its master and a founder');
      const { sk, type, name, attributes } = item;
      const code = sk === 'MASTER' ? tenantCode : item.code;
      const key = { pk: `TENANT#${tenantCode}`, sk };
      return [{ kind: 'full' as const, ...key, version: 0, tenantCode, type, code, name, attributes }];
    });
    const at = new Date().toISOString();
    const origin = { userId: 'op', requestId: 'req-0', source: 'test', ip: null, at };
    expect(await store.commit({ scope: SYSTEM_SCOPE, origin, commands })).toMatchObject({
      status: 'committed',
    });
    return contextOf(tenantCode);
  }

  async function invite(context: InvokeContext, roles: readonly ('admin' | 'member')[] = ['member']) {
    const input = { email: 'kim@mail.example', roles: [...roles], expiresInHours: 1 };
    const invitation = await app.get(InvitationService, { strict: false }).invite(context, input);
    return invitation.token ?? '';
  }

  async function rosterOf(tenantCode: string): Promise<JsonObject | undefined> {
    return (await store.get(SYSTEM_SCOPE, { pk: `TENANT#${tenantCode}`, sk: 'ROSTER' }))?.attributes;
  }

  it('one token is accepted once, however many try at once, alone or signed in', async () => {
    const acme = await provision('one-token', 'enterprise');
    const home = await provision('one-home');
    const token = await invite(acme);
    const tries = Array.from({ length: 10 }, (_, index) =>
      index % 2 ? acceptances.accept(VISITOR, { token }) : acceptances.join(home, { token }),
    );
    expect(await outcomes(tries)).toEqual({ won: 1, codes: ['not_found'] });
    expect((await users.list(acme, { limit: 50 })).items).toHaveLength(2);
    expect(await rosterOf('one-token')).toMatchObject({ active: 2, admins: 1, seats: 2 });
  });

  it('one of the last two admins stays, when both go at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const code = `two-admins-${round}`;
      const context = await provision(code);
      const { member } = await acceptances.accept(VISITOR, { token: await invite(context, ['admin']) });
      const tries = [
        users.remove(context, { id: member.id, ifMatch: null }),
        round % 2
          ? users.remove(context, { id: 'usr-001', ifMatch: null })
          : users.patch(context, { id: 'usr-001', patch: { roles: ['member'] }, ifMatch: null }),
      ];
      expect(await outcomes(tries)).toEqual({ won: 1, codes: ['invalid_transition'] });
      expect(await rosterOf(code)).toMatchObject({ admins: 1 });
    }
  });

  it('as many parallel acceptances succeed as the plan has room', async () => {
    const context = await provision('edge');
    const tokens = await Promise.all(Array.from({ length: 12 }, () => invite(context)));
    const tries = tokens.map((token) => acceptances.accept(VISITOR, { token }));
    expect(await outcomes(tries)).toEqual({ won: 4, codes: ['quota_exceeded'] });
    expect(await rosterOf('edge')).toMatchObject({ active: 5, admins: 1, seats: 5 });
    expect((await users.list(context, { limit: 50 })).items).toHaveLength(5);
  });

  it('a tenant of old gets its roster once, when several change it at once', async () => {
    const context = await tenantOfOld('of-old');
    expect(await rosterOf('of-old')).toBeUndefined();
    const tokens = await Promise.all(Array.from({ length: 6 }, () => invite(context)));
    await Promise.all(tokens.map((token) => acceptances.accept(VISITOR, { token })));
    expect(await rosterOf('of-old')).toMatchObject({ active: 7, admins: 1, seats: 7 });
  });

  it('a person is a guest elsewhere through every wall between tenants, until removed there', async () => {
    const home = await provision('person-home');
    const other = await provision('person-other', 'enterprise');
    const { member } = await acceptances.join(home, { token: await invite(other) });
    const persons = app.get(PersonService, { strict: false });
    const codes = async () =>
      (await persons.list(home, { limit: 50 })).items.map(({ tenantCode }) => tenantCode);
    expect(await codes()).toEqual(['person-home', 'person-other']);
    await expect(persons.switchTo(home, 'person-other')).rejects.toMatchObject({ code: 'unavailable' });
    await users.remove(other, { id: member.id, ifMatch: null });
    expect(await codes()).toEqual(['person-home']);
    await expect(persons.switchTo(home, 'person-other')).rejects.toMatchObject({ code: 'not_found' });
  });
});
