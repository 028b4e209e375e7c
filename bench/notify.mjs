// What NOTIFY costs a commit: PostgreSQL holds a lock of the whole server from there to the end of the commit.
import { pgDriver } from './lib/drivers.mjs';
import { sideBySide } from './lib/measure.mjs';
import { withPostgres } from './lib/postgres.mjs';
import { rateTable } from './lib/report.mjs';
import { commitsOf } from './lib/statements.mjs';

export const title = 'Announcing changes';

export function run() {
  return withPostgres(async (url) => {
    const pipeline = true;
    const candidates = [
      pgDriver('feed row, polled', url, { pipeline }),
      // One more statement without NOTIFY, so that only the lock is left to compare.
      pgDriver('feed row and a plain select', url, { pipeline, lastStatement: "select length('feed')" }),
      pgDriver('feed row and NOTIFY', url, { pipeline, lastStatement: "select pg_notify('feed', '')" }),
    ];
    try {
      return [
        rateTable('Commit a command, one at a time', await commits(candidates, 1), 'commits'),
        rateTable('Commit a command, 16 at a time', await commits(candidates, 16), 'commits'),
      ].join('\n');
    } finally {
      for (const candidate of candidates) await candidate.close();
    }
  });
}

function commits(candidates, concurrency) {
  return sideBySide(
    candidates.map(({ name, transaction }) => {
      const commit = commitsOf(`${name}-${concurrency}`);
      return { name, concurrency, run: () => commit(transaction) };
    }),
  );
}
