import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../migration/migrate.js';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A new, migrated database on the given server. */
export async function createTestDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `landlord_test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return { url: url.href, drop: () => execute(serverUrl, `drop database ${name} with (force)`) };
}

async function execute(serverUrl: string, sql: string): Promise<void> {
  await ownerQuery(serverUrl, sql);
}

/** What the owner of a database sees and may do, past every wall. */
export async function ownerQuery(
  url: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}

/** Every row of every table, as text. */
export async function everyRow(url: string): Promise<string> {
  const tables = await ownerQuery(
    url,
    `select format('select %L || row_to_json(t)::text as row from landlord.%I t', c.relname || ' ', c.relname) as sql
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'landlord' and c.relkind in ('r', 'p')`,
  );
  const rows = await Promise.all(tables.map(({ sql }) => ownerQuery(url, String(sql))));
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}
