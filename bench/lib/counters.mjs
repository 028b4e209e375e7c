// Other ways to count what a tenant uses on PostgreSQL, each as one would write it: their own tables, the same pool size.
import pg from 'pg';
import { RateLimiterPostgres } from 'rate-limiter-flexible';

const CONNECTIONS = 16;
const TABLES = `
  create schema bench;
  create table bench.counter (tenant_code text, metric text, used bigint not null, primary key (tenant_code, metric));
  create table bench.event (tenant_code text, id text, metric text not null, quantity numeric not null,
    at timestamptz not null, primary key (tenant_code, id))`;

export async function openCounters(connectionString, { tenantCode, limit }) {
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
  pool.on('error', () => {});
  await pool.query(TABLES);
  const limiter = await rateLimiter(pool, limit);
  const transactions = await counterOf(pool, 'transaction', { tenantCode, limit });
  const naive = await counterOf(pool, 'naive', { tenantCode, limit });
  return {
    limiter: () => limiter.consume(tenantCode, 1),
    transactions: { ...transactions, consume: () => consumeInOneTransaction(pool, transactions) },
    naive: { ...naive, consume: () => readThenWrite(pool, naive) },
    close: () => pool.end(),
  };
}

function rateLimiter(pool, limit) {
  return new Promise((resolve, reject) => {
    const settings = {
      storeClient: pool,
      schemaName: 'bench',
      tableName: 'rate',
      points: limit,
      duration: 0,
    };
    const limiter = new RateLimiterPostgres(settings, (error) => (error ? reject(error) : resolve(limiter)));
  });
}

async function counterOf(pool, metric, { tenantCode, limit }) {
  await pool.query('insert into bench.counter values ($1, $2, 0)', [tenantCode, metric]);
  const used = async () => {
    const { rows } = await pool.query('select used from bench.counter where metric = $1', [metric]);
    return Number(rows[0].used);
  };
  return { tenantCode, metric, limit, used };
}

let ids = 0;

/** The id once, and the counter up to its limit: exact, and everybody waits for everybody's flush. */
async function consumeInOneTransaction(pool, { tenantCode, metric, limit }) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const inserted = await client.query({
      name: 'event',
      text: 'insert into bench.event values ($1, $2, $3, 1, now()) on conflict do nothing',
      values: [tenantCode, `evt-${ids++}`, metric],
    });
    if (inserted.rowCount === 1) {
      const { rowCount } = await client.query({
        name: 'count',
        text: 'update bench.counter set used = used + 1 where tenant_code = $1 and metric = $2 and used < $3',
        values: [tenantCode, metric, limit],
      });
      if (rowCount === 0) throw new Error('the limit is reached');
    }
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** No transaction, no id: what two read at the same time, one of them loses. */
async function readThenWrite(pool, { tenantCode, metric, limit }) {
  const { rows } = await pool.query({
    name: 'read',
    text: 'select used from bench.counter where tenant_code = $1 and metric = $2',
    values: [tenantCode, metric],
  });
  const used = Number(rows[0].used);
  if (used >= limit) throw new Error('the limit is reached');
  await pool.query({
    name: 'write',
    text: 'update bench.counter set used = $3 where tenant_code = $1 and metric = $2',
    values: [tenantCode, metric, used + 1],
  });
}
