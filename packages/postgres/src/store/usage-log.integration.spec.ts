import { SYSTEM_SCOPE, type TenantRow } from '@landlord/kernel';
import { committed, fingerprintOf, full } from '@landlord/kernel/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, ownerQuery, type TestDatabase } from '../testing/index.js';
import { COUNTING, numbered, usage } from '../testing/usage.fixture.js';
import { PostgresStore } from './postgres.store.js';

const JANUARY = '2024-01-10T10:00:00.000Z';
const MARCH = '2024-03-10T10:00:00.000Z';
const NEVER = '1970-01-01T00:00:00.000Z';

const PARTS = `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent in ('landlord.usage_event'::regclass, 'landlord.usage_event_id'::regclass) order by 1`;

describe('the usage log', () => {
  let database: TestDatabase;
  let other: TestDatabase;
  let store: PostgresStore;
  let peer: PostgresStore;
  let elsewhere: PostgresStore;

  beforeAll(async () => {
    [database, other] = await Promise.all([
      createTestDatabase(inject('databaseUrl')),
      createTestDatabase(inject('databaseUrl')),
    ]);
    const options = { connectionString: database.url, poolSize: 6, usageGenerationBytes: 8192 };
    store = new PostgresStore(options);
    peer = new PostgresStore(options);
    elsewhere = new PostgresStore({ connectionString: other.url, poolSize: 4 });
  });
  afterAll(async () => {
    await Promise.all([store.close(), peer.close(), elsewhere.close()]);
    await Promise.all([database.drop(), other.drop()]);
  });

  const record = (tenant: string, at: string, ids: readonly string[], on = store) =>
    on.meter([usage(tenant, at, ids)], COUNTING);
  const tidy = (now: string, before: { events?: string; ids?: string; hours?: string } = {}, on = store) =>
    on.usageLog.tidy({
      now,
      eventsBefore: before.events ?? NEVER,
      idsBefore: before.ids ?? NEVER,
      hoursBefore: before.hours ?? null,
    });
  const parts = async () => (await ownerQuery(database.url, PARTS)).map(({ name }) => String(name));
  const total = async (tenant: string, month: string, on = store) =>
    (await on.get(SYSTEM_SCOPE, { pk: `TENANT#${tenant}`, sk: `USAGE#${month}` }))?.attributes.n;
  const hours = (tenant: string, on = store) =>
    on.usageLog.hours({ tenantCode: tenant, from: NEVER, until: '2100-01-01T00:00:00.000Z', limit: 1_000 });
  const exported = async (tenant: string, on = store) => {
    const rows: TenantRow[] = [];
    for await (const row of on.exportTenant(tenant)) rows.push(row);
    return rows;
  };

  it('lets months of events go: totals, hours and ids stay', async () => {
    await committed(store, [full('keep', 'MASTER', { type: 'TENANT' })]);
    await record('keep', JANUARY, numbered('jan', 5));
    await record('keep', MARCH, numbered('mar', 3));
    const before = await hours('keep');
    const { dropped } = await tidy(MARCH, { events: '2024-03-01T00:00:00.000Z' });
    expect(dropped).toEqual(['usage_event_2024_01']);
    expect(await total('keep', '2024-01')).toBe(5);
    expect(await hours('keep')).toEqual(before);
    expect(before.map(({ quantity }) => quantity)).toEqual(['5', '3']);
    expect(await store.usageLog.event('keep', 'jan-0')).toEqual({ status: 'forgotten', recordedAt: JANUARY });
    expect(await store.usageLog.event('keep', 'mar-0')).toMatchObject({ status: 'recorded' });
    expect(await record('keep', MARCH, ['jan-0', 'jan-4', 'new'])).toMatchObject([
      { accepted: 1, duplicates: 2 },
    ]);
    const changed = usage('keep', MARCH, ['jan-1'], { fingerprint: fingerprintOf('other') });
    expect(await peer.meter([changed], COUNTING)).toMatchObject([{ status: 'duplicate_event', id: 'jan-1' }]);
  });

  it('moves what is left of events that are gone, and gives it back in the same bytes', async () => {
    const rows = await exported('keep');
    expect(rows.filter(({ kind }) => kind === 'event')).toHaveLength(4);
    expect(rows.filter(({ kind }) => kind === 'eventId')).toHaveLength(5);
    expect(rows.filter(({ kind }) => kind === 'hour')).toHaveLength(2);
    async function* flowing() {
      yield* rows;
    }
    expect(await elsewhere.importTenant('keep', flowing())).toEqual({ status: 'imported' });
    expect(JSON.stringify(await exported('keep', elsewhere))).toBe(JSON.stringify(rows));
    expect(await record('keep', MARCH, ['jan-0', 'mar-0', 'newer'], elsewhere)).toMatchObject([
      { accepted: 1, duplicates: 2 },
    ]);
    expect(await hours('keep', elsewhere)).toMatchObject([{ quantity: '5' }, { quantity: '5' }]);
  });

  it('opens generations as ids come, and knows those of every one: in memory, before that, and in another process', async () => {
    const at = (minute: number) => `2024-04-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
    for (const round of [1, 2, 3, 4]) {
      await record('many', at(round), numbered(`r${round}`, 200), round % 2 === 0 ? store : peer);
      await tidy(at(round));
    }
    expect((await parts()).filter((name) => name.startsWith('usage_event_id_')).length).toBeGreaterThan(3);
    const again = [1, 2, 3, 4].flatMap((round) => [`r${round}-0`, `r${round}-199`]);
    for (const on of [store, peer]) {
      expect(await record('many', at(9), again, on)).toMatchObject([{ accepted: 0, duplicates: 8 }]);
      await on.usageLog.settled();
      expect(await record('many', at(9), again, on)).toMatchObject([{ accepted: 0, duplicates: 8 }]);
    }
    expect(await total('many', '2024-04')).toBe(800);
  });

  it('counts exactly when generations are opened while two processes record', async () => {
    const at = '2024-04-02T00:00:00.000Z';
    const rounds = Array.from({ length: 30 }, (_, index) => {
      const ids = [...numbered(`i${index}`, 20), ...numbered(`i${(index + 1) % 30}`, 20)];
      return record('race', at, ids, index % 2 === 0 ? store : peer);
    });
    const turns = Array.from({ length: 12 }, (_, index) => tidy(at, {}, index % 2 === 0 ? peer : store));
    const outcomes = (await Promise.all(rounds)).flat();
    await Promise.all(turns);
    expect(outcomes.every(({ status }) => status === 'accepted')).toBe(true);
    expect(await total('race', '2024-04')).toBe(600);
    expect(await hours('race')).toMatchObject([{ quantity: '600', count: 600 }]);
  });

  it('lets generations go that were closed long ago, and then an id counts anew', async () => {
    await record('ids', '2024-05-01T00:00:00.000Z', ['old']);
    await tidy('2024-07-01T00:00:00.000Z');
    await record('ids', '2024-07-01T00:00:00.000Z', ['young']);
    const before = '2024-07-15T00:00:00.000Z';
    const { dropped } = await tidy('2024-08-20T00:00:00.000Z', { ids: before });
    expect(dropped.length).toBeGreaterThan(3);
    const outcomes = await record('ids', '2024-08-20T00:00:00.000Z', ['old', 'young']);
    expect(outcomes).toMatchObject([{ accepted: 1, duplicates: 1 }]);
    expect(await record('ids', '2024-08-20T00:00:00.000Z', ['old'], peer)).toMatchObject([{ duplicates: 1 }]);
  });

  it('is not kept waiting by readers, nor keeps others waiting: it tries again the next time', async () => {
    const reader = new Client({ connectionString: database.url });
    await reader.connect();
    await reader.query('begin; select 1 from landlord.usage_event limit 1');
    const events = '2024-06-01T00:00:00.000Z';
    const startedAtMs = performance.now();
    const { dropped } = await tidy('2024-08-20T00:00:00.000Z', { events });
    expect(dropped).toEqual([]);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    await reader.query('commit');
    await reader.end();
    expect((await tidy('2024-08-20T00:00:00.000Z', { events })).dropped).toContain('usage_event_2024_05');
  });

  it('leaps years, makes the next month ahead, and lets hours go that are to be', async () => {
    await tidy('2031-12-31T23:00:00.000Z', { hours: '2024-04-01T00:00:00.000Z' });
    expect(await parts()).toEqual(expect.arrayContaining(['usage_event_2031_12', 'usage_event_2032_01']));
    expect(await hours('keep')).toEqual([]);
    expect(await hours('many')).toMatchObject([{ quantity: '800' }]);
    expect(await record('leap', '2032-01-01T00:00:00.000Z', ['a'])).toMatchObject([{ accepted: 1 }]);
  });
});
