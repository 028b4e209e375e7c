import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { ensureRoles } from './roles.js';

const MIGRATIONS_FOLDER = new URL('../../migrations/', import.meta.url);
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;
const OLDEST_MAJOR = 15;

/** Held while migrating, so that processes starting together do it one after the other. */
const MIGRATION_LOCK = 7_403_216_801;

export interface Migration {
  readonly number: number;
  readonly fileName: string;
  readonly sql: string;
  readonly checksum: string;
}

export interface MigrationReport {
  readonly applied: readonly string[];
  readonly schemaVersion: number;
}

/**
 * Brings the database to the newest schema, each migration in a transaction of its own.
 * Throws when an applied migration differs from the shipped one, or the database is newer than this program.
 */
export async function migrate(connectionString: string): Promise<MigrationReport> {
  const client = new Client({ connectionString, application_name: 'landlord-migrate' });
  await client.connect();
  try {
    await refuseOldServer(client);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await ensureRoles(client);
    await createLedger(client);
    return await applyMissing(client, await shippedMigrations());
  } finally {
    await client.end();
  }
}

export async function shippedMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(MIGRATIONS_FOLDER)).filter((name) => FILE_NAME.test(name)).sort();
  return Promise.all(names.map(readMigration));
}

async function readMigration(fileName: string): Promise<Migration> {
  const sql = await readFile(new URL(fileName, MIGRATIONS_FOLDER), 'utf8');
  const checksum = createHash('sha256').update(sql).digest('hex');
  return { number: Number(fileName.slice(0, 4)), fileName, sql, checksum };
}

async function refuseOldServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    "select current_setting('server_version_num')::integer as version",
  );
  const major = Math.floor((rows[0]?.version ?? 0) / 10_000);
  if (major >= OLDEST_MAJOR) return;
  throw new Error(
    `PostgreSQL ${major} is too old: DATABASE_URL must name a server of version ${OLDEST_MAJOR} or newer`,
  );
}

async function createLedger(client: Client): Promise<void> {
  await client.query(`
    create schema if not exists landlord;
    grant usage on schema landlord to landlord_app, landlord_system;
    create table if not exists landlord.migration (
      number integer primary key,
      file_name text not null,
      checksum text not null,
      applied_at timestamptz not null default clock_timestamp()
    );
    alter table landlord.migration enable row level security;
    alter table landlord.migration force row level security;
    drop policy if exists migrator on landlord.migration;
    create policy migrator on landlord.migration to current_user using (true) with check (true);
  `);
}

async function applyMissing(client: Client, shipped: readonly Migration[]): Promise<MigrationReport> {
  const { rows } = await client.query<{ number: number; checksum: string }>(
    'select number, checksum from landlord.migration order by number',
  );
  const applied = new Map(rows.map((row) => [row.number, row.checksum]));
  refuseForeign(shipped, applied);
  const missing = shipped.filter(({ number }) => !applied.has(number));
  for (const migration of missing) await apply(client, migration);
  return { applied: missing.map(({ fileName }) => fileName), schemaVersion: shipped.at(-1)?.number ?? -1 };
}

function refuseForeign(shipped: readonly Migration[], applied: ReadonlyMap<number, string>): void {
  for (const [number, checksum] of applied) {
    const migration = shipped.find((candidate) => candidate.number === number);
    if (!migration)
      throw new Error(
        `the database has migration ${number}, which this version of Landlord does not know; use a newer one`,
      );
    if (migration.checksum !== checksum)
      throw new Error(`${migration.fileName} differs from what was applied to the database`);
  }
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(migration.sql);
    await client.query('insert into landlord.migration (number, file_name, checksum) values ($1, $2, $3)', [
      migration.number,
      migration.fileName,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`${migration.fileName} could not be applied: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
