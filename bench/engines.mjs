// The engine: the real PostgreSQL beside PGlite (PostgreSQL compiled to WebAssembly, in this process).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { sideBySide } from './lib/measure.mjs';
import { withFolder, withPostgres } from './lib/postgres.mjs';
import { rateTable, table } from './lib/report.mjs';
import { ATTRIBUTES } from './lib/statements.mjs';

export const title = 'Engines';
const SCHEMA = `
  create schema bench;
  create table bench.item (pk text, sk text, version bigint not null, attributes jsonb not null, primary key (pk, sk));
  create table bench.command (pk text, sk text, version bigint, input jsonb not null, primary key (pk, sk, version));
  create table bench.feed_item (pk text primary key, latest_version bigint not null);`;
const COMMIT = [
  ['select version from bench.item where pk = $1 and sk = $2 for update', ({ pk }) => [pk, 'BENCH']],
  [
    'insert into bench.command values ($1, $2, $3, $4)',
    ({ pk, version }) => [pk, 'BENCH', version, ATTRIBUTES],
  ],
  [
    'insert into bench.feed_item values ($1, $2) on conflict (pk) do update set latest_version = excluded.latest_version',
    ({ pk, version }) => [pk, version],
  ],
  [
    `insert into bench.item values ($1, $2, $3, $4) on conflict (pk, sk) do update set version = excluded.version,
       attributes = excluded.attributes`,
    ({ pk, version }) => [pk, 'BENCH', version, ATTRIBUTES],
  ],
];

export function run() {
  return withPostgres((url) =>
    withFolder(async (folder) => {
      const engines = [
        await embedded(url),
        await pglite('PGlite on files, fsync off', join(folder, 'pglite')),
      ];
      try {
        return [
          settings(engines),
          await pgliteKilled(join(folder, 'killed')),
          rateTable('Commit a command, one at a time', await commits(engines, 1), 'commits'),
          rateTable('Commit a command, 16 at a time', await commits(engines, 16), 'commits'),
        ].join('\n');
      } finally {
        for (const engine of engines) await engine.close();
      }
    }),
  );
}

async function embedded(connectionString) {
  const pool = new pg.Pool({ connectionString, max: 16 });
  pool.on('error', () => {});
  await pool.query(SCHEMA);
  const show = async (name) => Object.values((await pool.query(`show ${name}`)).rows[0])[0];
  return {
    name: 'embedded PostgreSQL, fsync on',
    fsync: await show('fsync'),
    version: await show('server_version'),
    transaction: async (body) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await body((sql, parameters) => client.query(sql, parameters));
        await client.query('commit');
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
}

/** It has one connection: transactions wait for each other. */
async function pglite(name, folder) {
  const database = await PGlite.create(folder);
  await database.exec(SCHEMA);
  const show = async (setting) => Object.values((await database.query(`show ${setting}`)).rows[0])[0];
  return {
    name,
    fsync: await show('fsync'),
    version: await show('server_version'),
    transaction: (body) =>
      database.transaction((transaction) => body((sql, parameters) => transaction.query(sql, parameters))),
    close: () => database.close(),
  };
}

function settings(engines) {
  return table(
    ['', 'PostgreSQL', 'fsync'],
    engines.map(({ name, version, fsync }) => [name, version, fsync]),
  );
}

let commitCount = 0;

function commits(engines, concurrency) {
  const commit = ({ transaction }) => {
    const step = { pk: `TENANT#${commitCount++ % 1_000}`, version: commitCount };
    return transaction(async (query) => {
      for (const [sql, parametersOf] of COMMIT) await query(sql, parametersOf(step));
    });
  };
  return sideBySide(engines.map((engine) => ({ name: engine.name, concurrency, run: () => commit(engine) })));
}

const ROWS_BEFORE_KILL = 200;

/** PGlite's process is killed while it commits; what of the acknowledged rows is there when it is opened again? */
async function pgliteKilled(folder) {
  const writer = spawn(
    process.execPath,
    [fileURLToPath(new URL('lib/pglite-writer.mjs', import.meta.url)), folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  writer.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.split('\n').length > ROWS_BEFORE_KILL) writer.kill('SIGKILL');
  });
  await once(writer, 'close');
  const acknowledged = output.split('\n').length - 1;
  return `PGlite after kill -9: ${acknowledged} rows acknowledged, ${await rowsIn(folder)}\n`;
}

async function rowsIn(folder) {
  try {
    const database = await PGlite.create(folder);
    const { rows } = await database.query('select count(*)::integer as found from row');
    await database.close();
    return `${rows[0].found} found.`;
  } catch (error) {
    return `and then it does not open: ${error.message}`;
  }
}
