// What it costs to keep the state with every command, and what it saves when the past is read.
import pg from 'pg';
import { replay, tenantScope } from '../packages/kernel/dist/index.js';
import { PostgresStore } from '../packages/postgres/dist/index.js';
import { sideBySide } from './lib/measure.mjs';
import { withPostgres } from './lib/postgres.mjs';
import { rateTable, table } from './lib/report.mjs';

export const title = 'Snapshots in the command log';
const COMMANDS = 1_000;
const PK = 'TENANT#acme-corp';
const SK = 'USAGE#2024-01';
const METERS = ['apiCalls', 'storageUsedGb', 'activeUsers', 'projectCount'];

export function run() {
  return withPostgres(async (url) => {
    const store = new PostgresStore({ connectionString: url });
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    pool.on('error', () => {});
    try {
      for (let index = 0; index < COMMANDS; index++) await increment(store, index);
      return [
        `${COMMANDS} increment commands on one usage item with ${METERS.length} meters.\n`,
        await sizes(pool),
        rateTable('State of the item as it was half way', await pastReads(pool), 'reads'),
      ].join('\n');
    } finally {
      await pool.end();
      await store.close();
    }
  });
}

async function increment(store, index) {
  const at = new Date(Date.UTC(2024, 0, 1) + index * 1_000).toISOString();
  const { status } = await store.commit({
    scope: tenantScope('acme-corp'),
    origin: { userId: 'usr-001', requestId: `req-${index}`, source: 'usage', ip: null, at },
    commands: [
      {
        kind: 'increment',
        pk: PK,
        sk: SK,
        increments: METERS.map((metric) => ({ path: ['meters', metric], by: '1.5' })),
        initial: {
          tenantCode: 'acme-corp',
          type: 'USAGE',
          code: '2024-01',
          name: 'Usage of 2024-01',
          attributes: {},
        },
      },
    ],
  });
  if (status !== 'committed') throw new Error(`the increment was ${status}`);
}

async function sizes(pool) {
  const { rows } = await pool.query(
    `select round(avg(pg_column_size(input))) as input, round(avg(pg_column_size(item))) as item,
       round(avg(pg_column_size(c.*))) as row, pg_total_relation_size('landlord.command') / count(*) as disk
     from landlord.command c where pk = $1 and sk = $2`,
    [PK, SK],
  );
  const [{ input, item, row, disk }] = rows;
  const parts = [
    ['the input', input],
    ['the state it led to', item],
    ['the whole row', row],
    ['on disk, with indexes', disk],
  ];
  return table(['bytes per command', ''], parts);
}

function pastReads(pool) {
  const half = COMMANDS / 2;
  const kept = async () => {
    const { rows } = await pool.query(
      'select item from landlord.command where pk = $1 and sk = $2 and version = $3',
      [PK, SK, half],
    );
    return rows[0].item;
  };
  const folded = async () => {
    const { rows } = await pool.query(
      `select pk, sk, version::integer, input, user_id as "userId", request_id as "requestId", source, ip, at
       from landlord.command where pk = $1 and sk = $2 and version <= $3 order by version`,
      [PK, SK, half],
    );
    return replay(rows.map((row) => ({ ...row, at: row.at.toISOString() })));
  };
  return sideBySide([
    { name: 'kept: one row', run: kept },
    { name: `folded: ${half} rows`, run: folded },
  ]);
}
