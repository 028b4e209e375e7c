import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.js';
import { migrate, shippedMigrations } from './migrate.js';

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
      `create role ${name} login password 'pw' createrole; grant landlord_app, landlord_system to ${name}`,
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
