import { timeZoneOf } from '@landlord/kernel';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type Idea,
  type Life,
  lifeOf,
  maturing,
  OFFERS,
  single,
  squeeze,
  stepsOf,
  together,
  wait,
} from './ideas.fixture.js';
import { type Committed, expectLawful } from './laws.fixture.js';
import { Processes } from './processes.fixture.js';
import { explained, played, seenIn, waited } from './step.fixture.js';
import { type World } from './world.fixture.js';

/** How long each of the two searches, in seconds. A failure prints the seed and the path that begin with it. */
const SEARCH_SECONDS = Number(process.env.LANDLORD_MODEL_SECONDS ?? 20);
const { LANDLORD_MODEL_SEED: SEED, LANDLORD_MODEL_PATH: PATH } = process.env;
const SHRINK_SECONDS = 60;
const PROCESSES = 3;

function eventsIn(history: readonly Committed[]): string[] {
  return history
    .filter(({ type }) => type === 'SUBSCRIPTIONEVENT')
    .map(
      ({ item: { code, name, attributes } }) =>
        `${code} ${name.replace('subscription.', '')} ${attributes.effectiveAt}`,
    );
}

describe('subscriptions in several processes, against a model', () => {
  let processes: Processes;
  let tenants = 0;
  beforeAll(async () => {
    processes = await Processes.open(inject('databaseUrl'), PROCESSES);
  });
  afterAll(() => processes?.close());

  /** Of several that are asked at once each has a process of its own, as far as there are. */
  async function lived(tenant: string, world: World, idea: Idea): Promise<World> {
    if (idea.do === 'wait') return waited(world, idea.pause);
    const steps = stepsOf(idea.do === 'together' ? idea.ideas : [idea], { tenant, world });
    const answers = await Promise.all(steps.map((step, index) => processes.run(index, tenant, step)));
    const is = await processes.seen(tenant, world.plans);
    const [step] = steps;
    if (idea.do !== 'together' && step) {
      const { world: after, ...outcome } = played(world, step);
      const expected =
        'refused' in outcome ? outcome : { standing: step.do === 'ask' ? after.standing : null };
      expect(answers).toEqual([expected]);
      expect(is).toEqual(seenIn(after));
      return after;
    }
    const told = steps.map((each, index) => ({
      step: each,
      answer: answers[index] ?? { refused: 'nothing' },
    }));
    const after = explained(world, told, is);
    if (!after) expect.fail(`no order of these explains it: ${JSON.stringify({ world, told, is }, null, 1)}`);
    return after;
  }

  async function expectLife([{ first, trialDays, zone, now }, ideas]: Life): Promise<void> {
    tenants += 1;
    const tenant = `t${tenants}`;
    processes.now = now;
    const plans = Object.fromEntries(
      Object.entries(OFFERS).map(([name, offer]) => [`${tenant}-${name}`, offer]),
    );
    const begun = { plans, first: `${tenant}-${first}`, zone: timeZoneOf(zone), trialDays };
    try {
      await processes.begin(tenant, begun);
      const told = [
        `SUB-001.1.0 created ${now}`,
        ...(trialDays === 0 ? [`SUB-001.1.1 activated ${now}`] : []),
      ];
      const seen = await processes.seen(tenant, plans);
      let world: World = { ...seen, now, zone: begun.zone, events: told };
      for (const idea of ideas) {
        world = await lived(tenant, world, idea);
        processes.now = world.now;
      }
      const history = await processes.history(tenant);
      expectLawful(history);
      expect(eventsIn(history)).toEqual(world.events);
    } finally {
      await processes.end(tenant);
    }
  }

  const only = (idea: fc.Arbitrary<Idea>): fc.Arbitrary<Idea[]> => idea.map((each) => [each]);

  let running = Promise.resolve();
  /** Also what time was up for is over before the next begins, and counts. */
  async function search(ideas: fc.Arbitrary<Idea[]>): Promise<void> {
    const property = fc.asyncProperty(lifeOf(ideas), (life) => {
      running = expectLife(life);
      return running;
    });
    await fc.assert(property, options);
    await running;
  }

  const options = {
    numRuns: 1_000_000,
    interruptAfterTimeLimit: SEARCH_SECONDS * 1_000,
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    ...(PATH === undefined ? {} : { path: PATH }),
  };
  const timeoutMs = (SEARCH_SECONDS + SHRINK_SECONDS) * 1_000;

  it(
    'one after the other, each step does what the model does',
    async () => {
      const times = [single, single, single, single, wait, wait, wait].map(only);
      await search(fc.oneof(...times, maturing));
    },
    timeoutMs,
  );

  it(
    'at the same time, some order of them explains every answer and what there is',
    async () => {
      const times = [together, together, together, wait, wait, single].map(only);
      await search(fc.oneof(...times, squeeze, maturing));
    },
    timeoutMs,
  );
});
