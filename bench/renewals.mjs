// Subscriptions that fall due within one hour, and all that renews them: how fast, and with how much memory.
// `node bench/renewals.mjs [subscriptions] [--without-feed]`, on its own: half the number, all of it, and all of it by two
// processes. Without the feed nothing is billed or told of meanwhile, as where other processes do that.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { timeZoneOf } from '../packages/kernel/dist/pure/index.js';
import { PostgresStore } from '../packages/postgres/dist/index.js';
import { createPlanCommands } from '../packages/saas/dist/plans/plan.item.js';
import { SEED_PLANS } from '../packages/saas/dist/plans/seed-plans.js';
import { createSubscriptionCommand } from '../packages/saas/dist/subscriptions/subscription.item.js';
import { beginSubscription } from '../packages/saas/dist/subscriptions/subscription.js';
import { withPostgres } from './lib/postgres.mjs';

const RENEWING = fileURLToPath(new URL('./lib/renewing.mjs', import.meta.url));
const BEGUN = '2024-01-15T12:00:00.000Z';
/** As 15 February begins in London; in Lagos it began an hour before. */
const UNTIL = '2024-02-15T00:00:00.000Z';
const ZONES = ['Africa/Lagos', 'Europe/London'].map(timeZoneOf);
const UNITS = 100;
const WRITERS = 3;
const TICKS_PER_SECOND = 100;

const runFeed = !process.argv.includes('--without-feed');
const count = Number(process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? 100_000);
const half = await measured(Math.round(count / 2), 1);
const whole = await measured(count, 1);
const together = await measured(count, 2);
tellRatio('twice as many', whole, half);
tellRatio('two processes', together, whole);

function tellRatio(what, one, other) {
  const seconds = (one.seconds / other.seconds).toFixed(2);
  const processor = (one.perThousand / other.perThousand).toFixed(2);
  console.log(`${what}: ${seconds} times as long, ${processor} times the processor for each`);
}

/** Seconds until all are renewed, and of processor for a thousand of them, the feed included. */
function measured(subscriptions, processes) {
  return withPostgres(async (url) => {
    const began = performance.now();
    await seed(url, subscriptions);
    console.log(
      `\n${subscriptions} subscriptions, ${processes} process(es); seeded in ${secondsSince(began)} s`,
    );
    const workers = Array.from({ length: processes }, startWorker);
    await Promise.all(workers.map(({ ready }) => ready));
    const postmaster = await postmasterOf(url);
    const usedBefore = await processorSecondsOf(postmaster);
    const reports = await Promise.all(workers.map(({ run }) => run(url)));
    const used = (await processorSecondsOf(postmaster)) - usedBefore;
    const renewed = reports.reduce((sum, { tally }) => sum + tally.renewed, 0);
    if (renewed !== subscriptions) throw new Error(`${renewed} of ${subscriptions} were renewed`);
    const seconds = Math.max(...reports.map((report) => report.seconds));
    const usedByAll = reports.reduce((sum, { processorSeconds }) => sum + processorSeconds, used);
    const perThousand = (usedByAll * 1000) / subscriptions;
    console.log(`  renewed in ${seconds.toFixed(1)} s: ${Math.round(subscriptions / seconds)} a second`);
    console.log(
      `  ${used.toFixed(1)} s of processor in PostgreSQL; ${perThousand.toFixed(2)} s a thousand in all`,
    );
    for (const report of reports) tell(report);
    return { seconds, perThousand };
  });
}

async function postmasterOf(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const [, , , parent] = await statOf(rows[0].pid);
  await client.end();
  return Number(parent);
}

/** Of the server, its processes, and those that have ended. */
async function processorSecondsOf(postmaster) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => statOf(pid).catch(() => [])));
  const own = stats.filter(
    ([pid, , , parent]) => Number(parent) === postmaster || Number(pid) === postmaster,
  );
  const ticks = own.flatMap((stat) => stat.slice(13, Number(stat[0]) === postmaster ? 17 : 15));
  return ticks.reduce((sum, each) => sum + Number(each), 0) / TICKS_PER_SECOND;
}

async function statOf(pid) {
  return (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/\(.*\)/, 'name').split(' ');
}

function tell({ tally, processorSeconds, drainedSeconds, samples, failures, conflicts }) {
  const course = (name) => overTime(samples.map((sample) => Math.round(sample[name]))).join(' ');
  console.log(
    `  ${JSON.stringify(tally)}, ${conflicts} done by another; ${processorSeconds.toFixed(1)} s of processor; feed empty after ${drainedSeconds.toFixed(1)} s`,
  );
  console.log(`  heap MiB over time ${course('heap')}; resident ${course('rss')}`);
  for (const failure of failures) console.log(`  ${failure}`);
}

function overTime(values) {
  return Array.from({ length: 10 }, (_, tenth) => values[Math.floor((tenth * (values.length - 1)) / 9)]);
}

function startWorker() {
  const child = fork(RENEWING, { execArgv: ['--expose-gc'] });
  const run = async (url) => {
    child.send({ url, until: UNTIL, runFeed });
    const [report] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (typeof report !== 'object') throw new Error('the process that renews has ended');
    if (child.connected) await once(child, 'exit');
    return report;
  };
  return { ready: once(child, 'spawn'), run };
}

/** Tenants' subscriptions as provisioning makes them, many in one transaction. */
async function seed(url, subscriptions) {
  const store = new PostgresStore({ connectionString: url });
  const origin = { userId: 'bench', requestId: 'bench', source: 'bench', ip: null, at: BEGUN };
  const commit = async (units) => {
    const results = await store.commitEach({ scope: { kind: 'system' }, origin, units });
    const refused = results.find(({ status }) => status !== 'committed');
    if (refused) throw new Error(JSON.stringify(refused));
  };
  await commit(SEED_PLANS.map((plan) => ({ commands: createPlanCommands(plan) })));
  let next = 0;
  const write = async () => {
    while (next < subscriptions) {
      const from = next;
      next += UNITS;
      const size = Math.min(UNITS, subscriptions - from);
      await commit(Array.from({ length: size }, (_, index) => ({ commands: [signed(from + index)] })));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await store.close();
}

function signed(index) {
  const [{ code, version = 1 }] = SEED_PLANS;
  const plan = { code, version, trialDays: 0 };
  const timezone = ZONES[index % ZONES.length];
  const begun = beginSubscription({
    code: 'SUB-001',
    plan,
    billingCycle: 'monthly',
    currency: 'USD',
    timezone,
    now: BEGUN,
  });
  return createSubscriptionCommand(`t${String(index).padStart(7, '0')}`, {
    ...begun,
    paymentMethodId: 'pm_1',
  });
}

function secondsSince(began) {
  return ((performance.now() - began) / 1000).toFixed(1);
}
