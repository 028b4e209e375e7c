import { type ErasureRules } from '@landlord/kernel';
import { commit, fingerprintOf, full, originOf } from '@landlord/kernel/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PostgresStore } from '../store/postgres.store.js';
import { createTestDatabase, type TestDatabase } from '../testing/index.js';

/** The rows of every table in the schema that the current role and tenant can see, by table. */
async function visibleRows(client: Client): Promise<Record<string, number | string>> {
  const { rows } = await client.query<{ name: string }>(TABLES);
  const counts: Record<string, number | string> = {};
  for (const { name } of rows) {
    try {
      const result = await client.query(`select * from landlord."${name}"`);
      counts[name] = result.rowCount ?? 0;
    } catch (error) {
      counts[name] = (error as Error).message;
    }
  }
  return counts;
}

/** Parts of a table are reached through the whole, and by nobody else: see below. */
const TABLES = `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'landlord' and c.relkind in ('r', 'p', 'm', 'v', 'f') and not c.relispartition order by 1`;

describe('row security', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    client = new Client({ connectionString: database.url });
    await client.connect();
    await fillEveryTable(database.url);
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('is enabled and forced on every table there is', async () => {
    const { rows } = await client.query<{ name: string; forced: boolean }>(
      `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'landlord' and c.relkind in ('r', 'p')`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(7);
    expect(rows.filter(({ forced }) => !forced)).toEqual([]);
  });

  it('has the same two walls on every table that names a tenant, and no table without one', async () => {
    const { rows } = await client.query<{ name: string; policies: string[] }>(
      `select c.relname as name, array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'landlord' and c.relkind in ('r', 'p') and c.relname <> 'migration' and not c.relispartition`,
    );
    for (const { name, policies } of rows) {
      expect([name, policies]).toEqual([name, expect.arrayContaining(['own_tenant', 'whole_system'])]);
    }
  });

  it('shows the application role nothing while no tenant is set, in any table, also new ones', async () => {
    const before = await visibleRows(client);
    for (const [name, count] of Object.entries(before)) expect([name, count]).not.toEqual([name, 0]);
    await client.query('set role landlord_app');
    for (const [name, seen] of Object.entries(await visibleRows(client))) {
      expect([name, seen]).toEqual([
        name,
        name === 'migration' ? expect.stringMatching(/permission denied/) : 0,
      ]);
    }
    await client.query(`set landlord.tenant = ''`);
    expect(await visibleRows(client)).toMatchObject({ item: 0, command: 0 });
    await client.query('reset role');
  });

  it('lets nobody reach a part of a table but through the whole', async () => {
    const { rows } = await client.query<{ name: string; policies: number }>(
      `select c.relname as name, (select count(*)::int from pg_policy where polrelid = c.oid) as policies
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'landlord' and c.relkind = 'r' and c.relispartition`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const { name, policies } of rows) {
      expect([name, policies]).toEqual([name, 0]);
      for (const role of ['landlord_app', 'landlord_system', 'landlord_eraser']) {
        await client.query(`begin; set local role ${role}; set local landlord.tenant = 'wall-a'`);
        await expect(client.query(`select 1 from landlord."${name}"`)).rejects.toThrow(/permission denied/);
        await client.query('rollback');
      }
    }
  });

  it('lets only work across tenants make room for usage, or give it up', async () => {
    for (const call of [
      `add_usage_month('2030-01-01')`,
      `open_usage_ids('2030-01-01', 1)`,
      `drop_usage_part('usage_event', '2030-01-01')`,
      `add_usage_part('item', 'x', 'x', 'x')`,
    ]) {
      await client.query('begin; set local role landlord_app');
      await expect(client.query(`select landlord.${call}`)).rejects.toThrow(/permission denied/);
      await client.query('rollback');
    }
  });

  it('lets the application role neither write for another tenant nor shed its role', async () => {
    await client.query(`begin; set local role landlord_app; set local landlord.tenant = 'wall-a'`);
    const insert = `insert into landlord.idempotency (tenant_code, owner, key, fingerprint, created_at)
      values ('wall-b', 'x', 'x', 'x', now())`;
    await expect(client.query(insert)).rejects.toThrow(/row-level security/);
    await client.query('rollback');
    const { rows } = await client.query(
      `select rolname from pg_roles where rolname like 'landlord\\_%' and (rolsuper or rolbypassrls or rolcreaterole)`,
    );
    expect(rows).toEqual([]);
    const owned = await client.query(
      `select 1 from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname in ('landlord_app', 'landlord_system')`,
    );
    expect(owned.rowCount).toBe(0);
  });

  it('lets the eraser see and change one tenant, and nothing while none is set', async () => {
    await client.query('set role landlord_eraser');
    expect(await visibleRows(client)).toMatchObject({ item: 0, command: 0, usage_event: 0, idempotency: 0 });
    await client.query(`begin; set local landlord.tenant = 'wall-b'`);
    const { rows } = await client.query('delete from landlord.command returning tenant_code');
    expect(rows).toEqual([{ tenant_code: 'wall-b' }]);
    await client.query('rollback; reset role');
  });

  it('leaves the log append-only for both roles', async () => {
    for (const role of ['landlord_app', 'landlord_system']) {
      for (const statement of [
        'update landlord.command set kind = kind',
        'delete from landlord.command',
        'delete from landlord.usage_event',
      ]) {
        await client.query(`begin; set local role ${role}`);
        await expect(client.query(statement)).rejects.toThrow(/permission denied/);
        await client.query('rollback');
      }
    }
  });
});

async function fillEveryTable(connectionString: string): Promise<void> {
  const store = new PostgresStore({ connectionString });
  await commit(
    store,
    [full('wall-a', 'X#1'), full('wall-b', 'X#1'), full('common', 'PLAN#x', { pk: 'MASTER#COMMON' })],
    {
      idempotency: { owner: 'o', key: 'k', fingerprint: 'f', respond: () => null },
    },
  );
  await commit(store, [
    full('wall-c', 'MASTER', { attributes: { status: 'closed' } }),
    full('wall-c', 'USER#1'),
  ]);
  const keepTenant: ErasureRules = {
    isKept: (type) => type === 'MASTER',
    learn: () => undefined,
    redactText: (text) => text,
    redactItem: (item) => item,
    redactCommand: (command) => command,
  };
  await store.eraseTenant({ tenantCode: 'wall-c', origin: originOf(), reason: null, rules: keepTenant });
  const [work] = await store.feed.claim({ limit: 1, leaseMs: 1_000 });
  if (work) await store.feed.setAside(work, [{ handler: 'h', error: 'e' }]);
  const event = {
    id: 'e',
    fingerprint: fingerprintOf('f'),
    metric: 'n',
    periodSk: 'USAGE#2024-01',
    at: '2024-01-01T00:00:00.000Z',
    hour: '2024-01-01T00:00:00.000Z',
    quantity: '1',
    mode: 'add' as const,
    properties: {},
    readings: [{ metric: 'n', mode: 'unique' as const, quantity: '1', value: 'v', dimensions: {} }],
  };
  const effects = [{ metric: 'n', hour: event.hour, dimensions: {}, quantity: '1', count: 1 }];
  const sightings = [{ tenantCode: 'wall-a', metric: 'n', value: 'v', periodSk: event.periodSk }];
  const rules = {
    pk: (tenantCode: string) => `TENANT#${tenantCode}`,
    skPrefix: 'USAGE#',
    open: () => ({
      settle: () => ({ status: 'settled' as const, effects, sightings, standings: [] }),
      entries: () => [],
    }),
  };
  const request = { tenantCode: 'wall-a', origin: originOf(), events: [event], carried: new Set<string>() };
  await store.meter([{ ...request, pooledWith: [], admission: null, checks: [] }], rules);
  await store.close();
}
