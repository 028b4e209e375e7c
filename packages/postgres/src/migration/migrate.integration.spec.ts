import { createHash } from 'node:crypto';
import { AUDIT_BEGIN, SYSTEM_SCOPE, verifyAudit } from '@landlord/kernel';
import { committed, full } from '@landlord/kernel/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PostgresStore } from '../store/postgres.store.js';
import { createTestDatabase, type TestDatabase } from '../testing/index.js';
import { COUNTING, usage } from '../testing/usage.fixture.js';
import { migrate, shippedMigrations } from './migrate.js';

const OLD_COMMAND = `insert into landlord.command
    (pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, at)
  values ('TENANT#old', $1, 1, 'full', 'old', 'A', '{}', '{}', 'u', 'r', 's', now())`;

const OLD_EVENT = `insert into landlord.usage_event
    (tenant_code, id, fingerprint, metric, period_sk, at, quantity, mode, properties, user_id, request_id, recorded_at)
  values ('old', $1, $2, $3, 'USAGE#' || substr($4, 1, 7), $4::timestamptz, $5, $6, '{}', 'u', 'r', $4::timestamptz)`;

/** A database as an older version left it: with the first few migrations only. */
async function databaseOfMigrations(count: number) {
  const database = await createTestDatabase(inject('databaseUrl'));
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('drop schema landlord cascade');
  await client.query(
    'create schema landlord; grant usage on schema landlord to landlord_app, landlord_system',
  );
  await client.query(
    'create table landlord.migration (number integer primary key, file_name text, checksum text, applied_at timestamptz default now())',
  );
  for (const { number, fileName, sql, checksum } of (await shippedMigrations()).slice(0, count)) {
    await client.query(sql);
    await client.query('insert into landlord.migration values ($1, $2, $3)', [number, fileName, checksum]);
  }
  const drop = async () => {
    await client.end();
    await database.drop();
  };
  return { url: database.url, client, drop };
}

describe('migrate', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
  });
  afterAll(() => database.drop());

  it('applies each migration once, also when processes start together', async () => {
    const reports = await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)));
    expect(reports.flatMap(({ applied }) => applied)).toEqual([]);
    const numbers = (await shippedMigrations()).map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  it('works for an owner who is no superuser, and walls it off from the data', async () => {
    const admin = new Client({ connectionString: inject('databaseUrl') });
    await admin.connect();
    const name = `landlord_owner_${Date.now()}`;
    await admin.query(
      `create role ${name} login password 'pw' createrole; grant landlord_app, landlord_system, landlord_eraser to ${name}`,
    );
    await admin.query(`create database ${name} owner ${name}`);
    const url = new URL(inject('databaseUrl'));
    Object.assign(url, { username: name, password: 'pw', pathname: `/${name}` });
    try {
      expect((await migrate(url.href)).applied.length).toBeGreaterThan(0);
      expect((await migrate(url.href)).applied).toEqual([]);
    } finally {
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop role ${name}`);
      await admin.end();
    }
  });

  it('counts the commands from before the chain began, and knows one that is put in later', async () => {
    const old = await databaseOfMigrations(2);
    await old.client.query(OLD_COMMAND, ['A#1']);
    await migrate(old.url);
    const store = new PostgresStore({ connectionString: old.url });
    const verify = () =>
      verifyAudit(store, { scope: SYSTEM_SCOPE, tenantCode: 'old', place: AUDIT_BEGIN, limit: 100 });
    await committed(store, [full('old', 'B#1')]);
    expect(await verify()).toMatchObject({ entries: 1, head: { sequence: 1, unchained: 1 } });
    expect((await verify()).difference).toMatchObject({ flaw: 'state', key: { sk: 'A#1' } });
    await old.client.query(OLD_COMMAND, ['A#2']);
    expect((await verify()).difference).toMatchObject({ flaw: 'unchained' });
    await store.close();
    await old.drop();
  });

  it('carries usage events over: their ids still count once, and hours add up to where levels stand', async () => {
    const old = await databaseOfMigrations(5);
    const shown = createHash('sha256').update('as sent');
    const fingerprint = shown.copy().digest('base64url');
    const said: [string, string, string, string, string][] = [
      ['a', 'apiCalls', 'add', '2', '2024-01-10T10:10:00Z'],
      ['b', 'apiCalls', 'add', '3', '2024-01-10T10:50:00Z'],
      ['g1', 'storageUsedGb', 'add', '5', '2024-01-10T10:00:00Z'],
      ['g2', 'storageUsedGb', 'set', '2', '2024-02-03T00:00:00Z'],
      ['g3', 'storageUsedGb', 'add', '1.5', '2024-02-04T00:00:00Z'],
    ];
    for (const [id, metric, mode, quantity, at] of said)
      await old.client.query(OLD_EVENT, [id, fingerprint, metric, at, quantity, mode]);
    await migrate(old.url);
    const store = new PostgresStore({ connectionString: old.url });
    const found = await store.usageLog.event('old', 'g2');
    expect(found).toMatchObject({
      event: { id: 'g2', mode: 'set', quantity: '2', pooledWith: [], recordedAt: '2024-02-03T00:00:00.000Z' },
    });
    const hours = await store.usageLog.hours({
      tenantCode: 'old',
      from: '2024-01-01T00:00:00.000Z',
      until: '2024-03-01T00:00:00.000Z',
      limit: 100,
    });
    expect(
      hours.map(({ metric, hour, quantity, count }) => [metric, hour.slice(0, 13), quantity, count]),
    ).toEqual([
      ['apiCalls', '2024-01-10T10', '5', 2],
      ['storageUsedGb', '2024-01-10T10', '5', 1],
      ['storageUsedGb', '2024-02-03T00', '-3', 1],
      ['storageUsedGb', '2024-02-04T00', '1.5', 1],
    ]);
    const same = { fingerprint: shown.digest('hex').slice(0, 32) };
    const later = '2024-02-05T00:00:00.000Z';
    expect(await store.meter([usage('old', later, ['a', 'g2', 'new'], same)], COUNTING)).toMatchObject([
      { accepted: 1, duplicates: 2 },
    ]);
    expect(await store.meter([usage('old', later, ['b'])], COUNTING)).toMatchObject([
      { status: 'duplicate_event' },
    ]);
    await store.close();
    await old.drop();
  });

  it('refuses a database whose history differs from the shipped one', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`update landlord.migration set checksum = 'x' where number = 1`);
    await expect(migrate(database.url)).rejects.toThrow(/0001_core.sql differs/);
    await client.query(
      `insert into landlord.migration (number, file_name, checksum) values (9999, 'x', 'x')`,
    );
    await client.query('delete from landlord.migration where number = 1');
    await expect(migrate(database.url)).rejects.toThrow(/migration 9999/);
    await client.end();
  });
});
