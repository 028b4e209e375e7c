import { type Instant, timeZoneOf } from '@landlord/kernel';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Ask } from './asks.fixture.js';
import { type Committed, expectLawful } from './laws.fixture.js';
import { Processes } from './processes.fixture.js';
import { explained, type Pause, played, type Step, seenIn, waited } from './step.fixture.js';
import { type PlanOffer, type World } from './world.fixture.js';

/** How long each of the two searches, in seconds; a failure prints the seed and the path that repeat it. */
const SEARCH_SECONDS = Number(process.env.LANDLORD_MODEL_SECONDS ?? 20);
const SEED = process.env.LANDLORD_MODEL_SEED;
const SHRINK_SECONDS = 60;
const PROCESSES = 3;
const DAY_HOURS = 24;

const OFFERS: Readonly<Record<string, PlanOffer>> = {
  small: { versions: 1, isRetired: false, projects: 3, monthlyPrice: 2_900, yearlyPrice: 29_000 },
  big: { versions: 1, isRetired: false, projects: 20, monthlyPrice: 9_900, yearlyPrice: 99_000 },
  free: { versions: 1, isRetired: false, projects: 5, monthlyPrice: 0, yearlyPrice: 500 },
};

type Match = 'any' | 'current' | 'stale';
/** Before it is known whose plans and versions are meant. */
type Idea =
  | { readonly do: 'wait'; readonly pause: Pause }
  | { readonly do: 'together'; readonly ideas: readonly SingleIdea[] }
  | SingleIdea;
type SingleIdea =
  | Exclude<Step, { do: 'ask' }>
  | { readonly do: 'ask'; readonly ask: Ask; readonly match: Match };

const constant = <const T>(value: T) => fc.constant(value);
const plan = fc.constantFrom(...Object.keys(OFFERS));
const cycle = fc.constantFrom('monthly' as const, 'yearly' as const);
const when = fc.constantFrom('now' as const, 'period_end' as const);
const quantity = fc.integer({ min: 1, max: 3 });
const chosen = { billingCycle: cycle, quantity };
const optional = { requiredKeys: ['kind', 'plan', 'when'] as ('kind' | 'plan' | 'when')[] };

const asks: readonly [weight: number, fc.Arbitrary<Ask>][] = [
  [8, fc.record({ kind: constant('changePlan'), plan, when, ...chosen }, optional)],
  [2, fc.record({ kind: constant('changeQuantity'), quantity, when })],
  [
    5,
    fc.record(
      { kind: constant('activate'), plan, paymentMethodId: constant('pm_1'), ...chosen },
      { requiredKeys: ['kind'] },
    ),
  ],
  [3, fc.record({ kind: constant('cancel'), when: constant('period_end') })],
  [1, constant({ kind: 'cancel', when: 'now' })],
  [3, constant({ kind: 'reactivate' })],
  [
    2,
    fc.record({
      kind: constant('revoke'),
      scheduled: fc.constantFrom('cancellation', 'plan', 'plan_version', 'resume'),
    }),
  ],
  [
    3,
    fc.record({
      kind: constant('pause'),
      mode: fc.constantFrom('freeze' as const, 'run' as const),
      days: fc.option<number>(fc.integer({ min: 0, max: 60 })),
    }),
  ],
  [3, constant({ kind: 'resume' })],
  [1, constant({ kind: 'markPastDue' })],
  [3, constant({ kind: 'recover' })],
  [2, fc.record({ kind: constant('setAutoRenew'), autoRenew: fc.boolean() })],
  [
    2,
    fc.record({ kind: constant('setPaymentMethod'), paymentMethodId: fc.constantFrom('pm_2', 'pm_2', null) }),
  ],
];
const ask = fc.oneof(...asks.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const match = fc.constantFrom<Match>('any', 'any', 'any', 'current', 'stale');
const asked = fc.record({ do: constant('ask'), ask, match });
const beside: fc.Arbitrary<SingleIdea> = fc.oneof(
  { weight: 3, arbitrary: constant({ do: 'schedule' }) },
  { weight: 1, arbitrary: fc.record({ do: constant('offer'), plan, isRetired: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: constant('addVersion'), plan }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: constant('migrate'), plan, when: fc.constantFrom('now', 'renewal') }),
  },
  { weight: 2, arbitrary: fc.record({ do: constant('use'), projects: fc.constantFrom(0, 3, 4, 6, 21) }) },
  { weight: 2, arbitrary: fc.record({ do: constant('consume'), projects: quantity }) },
);
const single: fc.Arbitrary<SingleIdea> = fc.oneof(
  { weight: 3, arbitrary: asked },
  { weight: 2, arbitrary: beside },
);
const wait: fc.Arbitrary<Idea> = fc.record({
  do: constant('wait'),
  pause: fc.oneof(
    fc.record({ hours: fc.integer({ min: 1, max: 3 * DAY_HOURS }) }),
    fc.record({ hours: fc.integer({ min: 1, max: 200 * DAY_HOURS }) }),
    fc.record({ msFromEnd: fc.constantFrom(-1, 0, 0, 1) }),
  ),
});
const race = fc.array(single, { minLength: 2, maxLength: 6 });
/** All from the version that there is. */
const duel = fc
  .array(asked, { minLength: 2, maxLength: 6 })
  .map((ideas) => ideas.map((idea) => ({ ...idea, match: 'current' as const })));
const together: fc.Arbitrary<Idea> = fc
  .oneof({ weight: 4, arbitrary: race }, { weight: 1, arbitrary: duel })
  .map((ideas) => ({ do: 'together', ideas }));

const beginning = fc.record({
  first: plan,
  trialDays: fc.constantFrom(0, 2, 14),
  zone: fc.constantFrom('UTC', 'Asia/Tokyo', 'America/Sao_Paulo', 'America/St_Johns', 'Australia/Lord_Howe'),
  now: fc.integer({ min: 0, max: 400 * DAY_HOURS }).map((hours) => later('2023-12-30T23:30:00.000Z', hours)),
});
const lifeOf = (idea: fc.Arbitrary<Idea>) =>
  fc.tuple(beginning, fc.array(idea, { minLength: 5, maxLength: 40, size: 'max' }));

type Life = [{ first: string; trialDays: number; zone: string; now: Instant }, Idea[]];

/** Names the tenant's own plans, and the version that there is. */
function stepOf(idea: SingleIdea, { tenant, world }: { tenant: string; world: World }): Step {
  const own = (name: string) => `${tenant}-${name}`;
  if (idea.do === 'ask') {
    const { ask: wanted, match: wish } = idea;
    const { version } = world.standing;
    const ifMatch = wish === 'any' ? null : wish === 'current' ? version : version - 1;
    const isNamed = 'plan' in wanted && wanted.plan !== undefined;
    return { do: 'ask', ask: isNamed ? { ...wanted, plan: own(wanted.plan ?? '') } : wanted, ifMatch };
  }
  return 'plan' in idea ? { ...idea, plan: own(idea.plan) } : idea;
}

function eventsIn(history: readonly Committed[]): string[] {
  return history
    .filter(({ type }) => type === 'SUBSCRIPTIONEVENT')
    .map(
      ({ item: { code, name, attributes } }) =>
        `${code} ${name.replace('subscription.', '')} ${attributes.effectiveAt}`,
    );
}

function later(instant: Instant, hours: number): Instant {
  return new Date(Date.parse(instant) + hours * 3_600_000).toISOString();
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
    const ideas = idea.do === 'together' ? idea.ideas : [idea];
    const steps = ideas.map((each) => stepOf(each, { tenant, world }));
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

  let running = Promise.resolve();
  /** Also what time was up for is over before the next begins, and counts. */
  async function search(idea: fc.Arbitrary<Idea>): Promise<void> {
    const property = fc.asyncProperty(lifeOf(idea), (life) => {
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
  };
  const timeoutMs = (SEARCH_SECONDS + SHRINK_SECONDS) * 1_000;

  it(
    'one after the other, each step does what the model does',
    async () => {
      await search(fc.oneof({ weight: 4, arbitrary: single }, { weight: 3, arbitrary: wait }));
    },
    timeoutMs,
  );

  it(
    'at the same time, some order of them explains every answer and what there is',
    async () => {
      const alone = { weight: 1, arbitrary: single };
      await search(fc.oneof({ weight: 3, arbitrary: together }, { weight: 2, arbitrary: wait }, alone));
    },
    timeoutMs,
  );
});
