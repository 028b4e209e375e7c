// A process that renews all that is due and says how its memory goes: forked by renewals.mjs, with --expose-gc.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandService, CoreModule, FeedRunner } from '../../packages/kernel/dist/index.js';
import { PostgresStore } from '../../packages/postgres/dist/index.js';
import { SaasModule, SubscriptionRenewals } from '../../packages/saas/dist/index.js';

const SAMPLE_MS = 1_000;
const MIB = 1024 * 1024;

process.on('disconnect', () => process.exit(1));
process.once('message', async ({ url, until, runFeed }) => {
  const store = new PostgresStore({ connectionString: url });
  const app = await open(store, { until, runFeed });
  const samples = [];
  const sample = () => {
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    samples.push({ heap: heapUsed / MIB, rss: rss / MIB });
  };
  const conflicts = countConflicts(app.get(CommandService));
  sample();
  const sampler = setInterval(sample, SAMPLE_MS);
  const began = performance.now();
  const usedBefore = process.cpuUsage();
  const failures = [];
  const onFailure = (message, error) => failures.length < 3 && failures.push(`${message}: ${error}`);
  const tally = await app.get(SubscriptionRenewals).runDue(until, { onFailure });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(usedBefore);
  const processorSeconds = (user + system) / 1_000_000;
  if (runFeed) await app.get(FeedRunner).drain();
  const drainedSeconds = (performance.now() - began) / 1000;
  clearInterval(sampler);
  sample();
  process.send({
    tally,
    seconds,
    processorSeconds,
    drainedSeconds,
    samples,
    failures,
    conflicts: conflicts(),
  });
  await app.close();
  await store.close();
  process.disconnect();
});

function open(store, { until, runFeed }) {
  class Application {}
  const core = CoreModule.forRoot({ store, clock: { now: () => until }, runFeed });
  Module({ imports: [core, SaasModule] })(Application);
  return NestFactory.createApplicationContext(Application, { logger: false });
}

/** How often a version was no longer the one that was read. */
function countConflicts(commandService) {
  const commitEach = commandService.commitEach.bind(commandService);
  let conflicts = 0;
  commandService.commitEach = async (units, options) => {
    const outcomes = await commitEach(units, options);
    conflicts += outcomes.filter(({ error }) => error?.code === 'version_conflict').length;
    return outcomes;
  };
  return () => conflicts;
}
