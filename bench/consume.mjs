// Admission of usage inside the process: Landlord, rate-limiter-flexible, one transaction per event, and reading before
// writing. One tenant that everybody asks for, 64 at a time.
import { openCounters } from './lib/counters.mjs';
import { callerOf, LIMIT, TENANT, withUsageService } from './lib/landlord.mjs';
import { sideBySide } from './lib/measure.mjs';
import { withPostgres } from './lib/postgres.mjs';
import { latencyTable } from './lib/report.mjs';

export const title = 'Consuming';
const CONCURRENCY = 64;
const ROUND_MS = 1_000;

export function run() {
  return withPostgres((url) =>
    withUsageService(url, async (usage, app) => {
      const counters = await openCounters(url, { tenantCode: TENANT, limit: LIMIT });
      try {
        const candidates = candidatesOf(usage, counters);
        const timed = candidates.map((each) => ({ ...each, run: counted(each), concurrency: CONCURRENCY }));
        const results = await sideBySide(timed, { roundMs: ROUND_MS });
        const lost = new Map();
        for (const { name, said, used } of candidates) lost.set(name, said - (await used(app)));
        return latencyTable('Consume 1 of one tenant, 64 at a time', results, 'admissions', {
          columns: ['what a repeated id does', 'lost updates'],
          cells: ({ name }) => [candidates.find((each) => each.name === name).id, lost.get(name)],
        });
      } finally {
        await counters.close();
      }
    }),
  );
}

function candidatesOf(usage, { limiter, transactions, naive }) {
  const caller = callerOf(TENANT);
  let ids = 0;
  let points = 0;
  const consume = () => usage.consume(caller, { id: `evt-${ids++}`, metric: 'apiCalls' });
  const limit = async () => {
    points = Math.max(points, (await limiter()).consumedPoints);
  };
  const counts = 'counts once';
  return [
    { name: 'rate-limiter-flexible', consume: limit, used: () => points, id: 'counts again' },
    { name: 'Landlord', consume, used: () => used(usage, caller), id: counts },
    { name: 'one transaction per event', ...transactions, id: counts },
    { name: 'read, then write', ...naive, id: 'counts again' },
  ].map((each) => ({ ...each, said: 0 }));
}

/** As the next admission sees it, less that one. */
async function used(usage, caller) {
  const { current } = await usage.consume(caller, { id: 'the-last', metric: 'apiCalls' });
  return current - 1;
}

/** Counts what was answered with yes. */
function counted(candidate) {
  return async () => {
    await candidate.consume();
    candidate.said += 1;
  };
}
