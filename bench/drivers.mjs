// Drivers of PostgreSQL: pg with and without pipelining, with and without prepared statements; postgres.js, which
// prepares by itself.
import { pgDriver, postgresDriver } from './lib/drivers.mjs';
import { sideBySide } from './lib/measure.mjs';
import { withPostgres } from './lib/postgres.mjs';
import { rateTable } from './lib/report.mjs';
import { commitsOf, eventColumns, INSERT_EVENTS, READ, SEED_KEY, WRITE } from './lib/statements.mjs';

export const title = 'Drivers';
const EVENTS = 1_000;

export function run() {
  return withPostgres(async (url) => {
    const drivers = [
      pgDriver('pg, pipeline', url, { pipeline: true }),
      pgDriver('pg, pipeline, prepared', url, { pipeline: true, prepared: true }),
      pgDriver('pg', url),
      postgresDriver('postgres.js, prepared', url),
    ];
    try {
      await drivers[0].transaction((query) => query(WRITE, [...SEED_KEY, 1, '{"status":"active"}']));
      return [
        rateTable('Read one item behind row security, one at a time', await reads(drivers, 1), 'reads'),
        rateTable('Read one item behind row security, 16 at a time', await reads(drivers, 16), 'reads'),
        rateTable('Commit a command, one at a time', await commits(drivers, 1), 'commits'),
        rateTable('Commit a command, 16 at a time', await commits(drivers, 16), 'commits'),
        rateTable('Insert 1,000 usage events in one transaction', await inserts(drivers), 'events'),
      ].join('\n');
    } finally {
      for (const driver of drivers) await driver.close();
    }
  });
}

function reads(drivers, concurrency) {
  const readWith = async ({ read }) => {
    const rows = await read(READ, SEED_KEY);
    if (rows.length !== 1) throw new Error('the seeded item is not there');
  };
  return sideBySide(
    drivers.map((driver) => ({ name: driver.name, concurrency, run: () => readWith(driver) })),
  );
}

function commits(drivers, concurrency) {
  return sideBySide(
    drivers.map(({ name, transaction }) => {
      const commit = commitsOf(`${name}-${concurrency}`);
      return { name, concurrency, run: () => commit(transaction) };
    }),
  );
}

function inserts(drivers) {
  return sideBySide(
    drivers.map(({ name, transaction }) => ({
      name,
      unitsPerRun: EVENTS,
      run: () => transaction((query) => query(INSERT_EVENTS, eventColumns(EVENTS))),
    })),
  );
}
