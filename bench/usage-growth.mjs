// Whether recording and consuming get slower with what is stored: one store with N million events beside one with none.
// `node bench/usage-growth.mjs [millions]`, default 2. Stands alone; needs about 600 bytes of disk an event.
import pg from 'pg';
import { GroupCommit } from '../packages/kernel/dist/index.js';
import { PostgresStore } from '../packages/postgres/dist/index.js';
import { USAGE_RULES } from '../packages/saas/dist/usage/usage.rules.js';
import { withPostgres } from './lib/postgres.mjs';

const MILLIONS = Number(process.argv[2] ?? 2);
const FILL_ROWS = 500_000;
const FILL_DAYS = 30;
const ROUNDS = 7;
const ROUND_MS = 3_000;
const TENANTS = 20;
const DAY_MS = 86_400_000;
const STARTED_AT_MS = Date.UTC(2024, 0, 1);
const NEVER = '1970-01-01T00:00:00.000Z';

const FILL = `with made as (
    select 'tenant-' || (n % $4) as tenant_code, md5(n::text) as id, $3::timestamptz as at
    from generate_series($1::bigint, $1::bigint + $2::bigint - 1) as n
  ), known as (
    insert into landlord.usage_event_id (generation, recorded_at, id_hash, fingerprint, tenant_code)
    select (select max(substr(name, 16)::bigint) from landlord.usage_parts('usage_event_id')), at,
      substr(sha256(convert_to(tenant_code, 'UTF8') || '\\x00' || convert_to(id, 'UTF8')), 1, 16), decode(id, 'hex'), tenant_code
    from made
  )
  insert into landlord.usage_event (tenant_code, id, fingerprint, metric, period_sk, at, hour, quantity, mode, properties,
    user_id, request_id, recorded_at)
  select tenant_code, id, decode(id, 'hex'), 'apiCalls', 'USAGE#' || to_char(at, 'YYYY-MM'), at, date_trunc('hour', at), 1, 'add',
    '{"route": "/v1/things"}', 'bench', 'bench', at from made`;

let now = new Date(STARTED_AT_MS).toISOString();

if (!(MILLIONS > 0 && MILLIONS <= 200)) throw new Error('give the millions of events, 0 to 200');
await withPostgres((filledUrl) => withPostgres((emptyUrl) => compare(filledUrl, emptyUrl)));

async function compare(filledUrl, emptyUrl) {
  const filled = new PostgresStore({ connectionString: filledUrl });
  const empty = new PostgresStore({ connectionString: emptyUrl });
  try {
    await fill(filled, filledUrl);
    await empty.usageLog.tidy({ now, eventsBefore: NEVER, idsBefore: NEVER, hoursBefore: null });
    await oneRound(recorder(empty), 500);
    await oneRound(recorder(filled), 500);
    const settledAtMs = performance.now();
    await filled.usageLog.settled();
    print(`ids in memory after ${Math.round(performance.now() - settledAtMs)} ms more`);
    print(`memory ${Math.round(process.memoryUsage().rss / 1_048_576)} MB`);
    for (const [name, make] of [
      ['recorded, 100 a request, 8 at once', recorder],
      ['consumed, 1 a request, 64 at once', consumer],
    ])
      await inTurns(name, make(empty), make(filled));
    await sizes(filledUrl);
  } finally {
    await Promise.all([filled.close(), empty.close()]);
  }
}

async function inTurns(name, onEmpty, onFilled) {
  const rates = { empty: [], filled: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const turns = [
      ['empty', onEmpty],
      ['filled', onFilled],
    ];
    for (const [which, run] of round % 2 === 0 ? turns : turns.reverse())
      rates[which].push(await oneRound(run, ROUND_MS));
  }
  const [before, after] = [median(rates.empty), median(rates.filled)];
  const ratio = (after / before).toFixed(2);
  print(`${name}: ${before} /s on none, ${after} /s on ${MILLIONS} million (${ratio} x)`);
}

/** Events a second. */
async function oneRound({ run, concurrency, events }, roundMs) {
  const startedAtMs = performance.now();
  let count = 0;
  const worker = async () => {
    while (performance.now() < startedAtMs + roundMs) {
      await run();
      count += events;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return Math.round((count * 1_000) / (performance.now() - startedAtMs));
}

function recorder(store) {
  const run = async () => {
    const [outcome] = await store.meter([request(Array.from({ length: 100 }, event))], USAGE_RULES);
    if (outcome.accepted !== 100) throw new Error(JSON.stringify(outcome));
  };
  return { run, concurrency: 8, events: 100 };
}

function consumer(store) {
  const groups = new GroupCommit((requests) => store.meter(requests, USAGE_RULES), {
    groupWeightLimit: 20_000,
    queueWeightLimit: 200_000,
  });
  const run = async () => {
    const asked = request([event()]);
    const admission = [
      { tenantCode: asked.tenantCode, metric: 'apiCalls', limit: '1000000000000', isEnforced: true },
    ];
    const outcome = await groups.submit({ ...asked, admission }, 1);
    if (outcome.status !== 'accepted') throw new Error(JSON.stringify(outcome));
  };
  return { run, concurrency: 64, events: 1 };
}

function request(events) {
  const tenantCode = `tenant-${Math.floor(Math.random() * TENANTS)}`;
  const origin = { userId: 'bench', requestId: 'bench', source: 'bench', ip: null, at: now };
  return { tenantCode, origin, events, pooledWith: [], admission: null, checks: [] };
}

function event() {
  return {
    id: crypto.randomUUID(),
    fingerprint: '0'.repeat(32),
    metric: 'apiCalls',
    periodSk: `USAGE#${now.slice(0, 7)}`,
    at: now,
    hour: now,
    quantity: '1',
    mode: 'add',
    properties: { route: '/v1/things' },
  };
}

/** Through the same tables, as if it had come over a month. */
async function fill(store, url) {
  const client = await connect(url);
  await client.query('set synchronous_commit = off; set statement_timeout = 0');
  const chunks = Math.ceil((MILLIONS * 1_000_000) / FILL_ROWS);
  const startedAtMs = performance.now();
  for (let chunk = 0; chunk < chunks; chunk++) {
    now = new Date(STARTED_AT_MS + Math.floor((FILL_DAYS * DAY_MS * chunk) / chunks)).toISOString();
    await store.usageLog.tidy({ now, eventsBefore: NEVER, idsBefore: NEVER, hoursBefore: null });
    await client.query(FILL, [chunk * FILL_ROWS, FILL_ROWS, now, TENANTS]);
    if (chunk % 10 === 9) print(`${(chunk + 1) * FILL_ROWS} after ${seconds(startedAtMs)} s`);
  }
  await client.query('vacuum analyze');
  await client.query('checkpoint');
  print(`filled with ${chunks * FILL_ROWS} events in ${seconds(startedAtMs)} s`);
  await client.end();
}

async function sizes(url) {
  const client = await connect(url);
  const { rows } = await client.query(`select p.whole, count(*) as parts,
      pg_size_pretty(sum(pg_table_size(part))) as rows, pg_size_pretty(sum(pg_indexes_size(part))) as indexes
    from (values ('usage_event'), ('usage_event_id')) as p(whole), landlord.usage_parts(p.whole) group by 1`);
  for (const { whole, parts, rows: table, indexes } of rows)
    print(`${whole}: ${parts} parts, ${table} of rows, ${indexes} of indexes`);
  await client.end();
}

async function connect(url) {
  const client = new pg.Client({ connectionString: url });
  // The failure that ends a run is the one to be seen, not that its server stops.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function median(values) {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];
}

function seconds(sinceMs) {
  return Math.round((performance.now() - sinceMs) / 1_000);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
