// One face for the drivers: a pool that runs `body(query)` in a transaction behind the tenant's wall.
import pg from 'pg';
import postgres from 'postgres';
import { INSERT_EVENTS, LOAD, LOCK, READ, WALL, WRITE } from './statements.mjs';

const CONNECTIONS = 16;
const ISOLATION = 'isolation level read committed';
const STATEMENT_NAMES = new Map(
  [READ, LOCK, LOAD, WRITE, INSERT_EVENTS].map((text, index) => [text, `bench_${index}`]),
);

/** `prepared`: statements with parameters get names. `lastStatement` runs before the commit. */
export function pgDriver(name, connectionString, { pipeline = false, prepared = false, lastStatement } = {}) {
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS, pipeline });
  // `end` does not wait until the server has let go, so its shutdown still reaches idle connections.
  pool.on('error', () => {});
  const queryOn = (client) => async (text, values) => {
    const statement =
      prepared && values ? { name: STATEMENT_NAMES.get(text), text, values } : { text, values };
    return (await client.query(statement)).rows;
  };
  const withClient = async (body) => {
    const client = await pool.connect();
    try {
      return await body(queryOn(client));
    } finally {
      client.release();
    }
  };
  return { name, ...transactionsOn(withClient, lastStatement), close: () => pool.end() };
}

/** On a reserved connection, which saves it a round trip over `sql.begin`. It prepares what has parameters. */
export function postgresDriver(name, url) {
  const sql = postgres(url, { max: CONNECTIONS, onnotice: () => {} });
  const queryOn = (client) => (text, values) =>
    values
      ? client.unsafe(text, values.map(unquoted(text)), { prepare: true })
      : client.unsafe(text).then((rows) => rows);
  const withClient = async (body) => {
    const client = await sql.reserve();
    try {
      return await body(queryOn(client));
    } finally {
      client.release();
    }
  };
  return { name, ...transactionsOn(withClient), close: () => sql.end() };
}

/** As the store does it: begin and wall are one message, and a read sends its commit without waiting. */
function transactionsOn(withClient, lastStatement) {
  return {
    transaction: (body) =>
      withClient(async (query) => {
        await Promise.all([query(`begin ${ISOLATION}; ${WALL}`), body(query)]);
        if (lastStatement) await query(lastStatement);
        await query('commit');
      }),
    read: (text, values) =>
      withClient(async (query) => {
        const begun = query(`begin ${ISOLATION} read only; ${WALL}`);
        const [, rows] = await Promise.all([begun, query(text, values), query('commit')]);
        return rows;
      }),
  };
}

/** It makes JSON of what goes to a jsonb parameter by itself. */
function unquoted(text) {
  return (value, index) => (text === WRITE && index === 3 ? JSON.parse(value) : value);
}
