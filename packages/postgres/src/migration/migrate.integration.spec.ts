import { AUDIT_BEGIN, SYSTEM_SCOPE, verifyAudit } from '@landlord/kernel';
import { committed, full } from '@landlord/kernel/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PostgresStore } from '../store/postgres.store.js';
import { createTestDatabase, type TestDatabase } from '../testing/index.js';
import { migrate, shippedMigrations } from './migrate.js';

const OLD_COMMAND = `insert into landlord.command
    (pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, at)
  values ('TENANT#old', $1, 1, 'full', 'old', 'A', '{}', '{}', 'u', 'r', 's', now())`;

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
