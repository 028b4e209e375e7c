// Recording 1,000 events a request over HTTP, beside the same rows inserted in bulk by the driver, without any dedupe.
import pg from 'pg';
import { TENANT, withServer, withUsageService } from './lib/landlord.mjs';
import { postRound } from './lib/load.mjs';
import { inTurns, sideBySide } from './lib/measure.mjs';
import { withPostgres } from './lib/postgres.mjs';
import { latencyTable } from './lib/report.mjs';

export const title = 'Recording over HTTP';
const EVENTS = 1_000;
const SENDERS = 4;
const ROUND_MS = 1_500;

/** The columns that Landlord keeps of an event; no key, so that nothing has to be looked up. */
const TABLE = `create table bulk_event (tenant_code text, id text, fingerprint text, metric text, period_sk text, at timestamptz,
  quantity numeric, mode text, properties jsonb, user_id text, request_id text, recorded_at timestamptz)`;
const INSERT = `insert into bulk_event select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
  $6::timestamptz[], $7::numeric[], $8::text[], $9::jsonb[], $10::text[], $11::text[], $12::timestamptz[])`;

export function run() {
  return withPostgres(async (database) => {
    await withUsageService(database, () => undefined);
    const pool = new pg.Pool({ connectionString: database, max: SENDERS });
    pool.on('error', () => {});
    try {
      await pool.query(TABLE);
      return await withServer(database, (server) => compare(pool, server));
    } finally {
      await pool.end();
    }
  });
}

async function compare(pool, server) {
  const results = await inTurns([
    { name: 'bulk insert by the driver, no dedupe', turn: () => bulkRound(pool) },
    { name: 'Landlord', turn: () => eventsRound(server) },
  ]);
  return latencyTable('1,000 events a request, 4 senders', results, 'events');
}

async function bulkRound(pool) {
  const run = () => pool.query({ name: 'bulk', text: INSERT, values: columnsOf(rows(bulks++)) });
  const candidate = { name: 'bulk', run, unitsPerRun: EVENTS, concurrency: SENDERS };
  return (await sideBySide([candidate], { rounds: 1, roundMs: ROUND_MS }))[0];
}

let bulks = 0;

function rows(bulk) {
  const at = new Date().toISOString();
  return Array.from({ length: EVENTS }, (_, index) => {
    const id = `evt-${process.pid}-${bulk}-${index}`;
    const event = {
      id,
      fingerprint: id.padEnd(43),
      metric: 'apiCalls',
      periodSk: 'USAGE#2024-01',
      at,
      quantity: '1',
    };
    return { ...event, tenantCode: TENANT, mode: 'add', properties: { route: '/v1/things' } };
  });
}

function columnsOf(events) {
  const now = new Date().toISOString();
  return [
    events.map(({ tenantCode }) => tenantCode),
    events.map(({ id }) => id),
    events.map(({ fingerprint }) => fingerprint),
    events.map(({ metric }) => metric),
    events.map(({ periodSk }) => periodSk),
    events.map(({ at }) => at),
    events.map(({ quantity }) => quantity),
    events.map(({ mode }) => mode),
    events.map(({ properties }) => JSON.stringify(properties)),
    events.map(() => 'usr-001'),
    events.map(() => 'req-1'),
    events.map(() => now),
  ];
}

function eventsRound({ url, token }) {
  return postRound({
    ...{ url, path: '/usage/events', token, body: eventsBody },
    ...{ connections: SENDERS, roundMs: ROUND_MS, unitsPerRequest: EVENTS },
  });
}

function eventsBody(bulk) {
  const events = Array.from({ length: EVENTS }, (_, index) => ({
    id: `evt-${process.pid}-${bulk}-${index}`,
    metric: 'apiCalls',
    quantity: 1,
    properties: { route: '/v1/things' },
  }));
  return JSON.stringify(events);
}
