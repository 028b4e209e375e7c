import { type Instant } from '@landlord/kernel';
import * as fc from 'fast-check';
import { type Ask } from './asks.fixture.js';
import { type Pause, type Step } from './step.fixture.js';
import { isLive, type PlanOffer, type Standing, type World } from './world.fixture.js';

const DAY_HOURS = 24;

export const OFFERS: Readonly<Record<string, PlanOffer>> = {
  small: { versions: 1, isRetired: false, projects: 3, monthlyPrice: 2_900, yearlyPrice: 29_000 },
  big: { versions: 1, isRetired: false, projects: 20, monthlyPrice: 9_900, yearlyPrice: 99_000 },
  free: { versions: 1, isRetired: false, projects: 5, monthlyPrice: 0, yearlyPrice: 500 },
};

type Match = 'any' | 'current' | 'stale';
/** Before it is known whose plans and versions are meant. */
export type Idea =
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
export const single: fc.Arbitrary<SingleIdea> = fc.oneof(
  { weight: 3, arbitrary: asked },
  { weight: 2, arbitrary: beside },
);
export const wait: fc.Arbitrary<Idea> = fc.record({
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
export const together: fc.Arbitrary<Idea> = fc
  .oneof({ weight: 4, arbitrary: race }, { weight: 1, arbitrary: duel })
  .map((ideas) => ({ do: 'together', ideas }));

const beginning = fc.record({
  first: plan,
  trialDays: fc.constantFrom(0, 2, 14),
  zone: fc.constantFrom('UTC', 'Asia/Tokyo', 'America/Sao_Paulo', 'America/St_Johns', 'Australia/Lord_Howe'),
  now: fc.integer({ min: 0, max: 400 * DAY_HOURS }).map((hours) => later('2023-12-30T23:30:00.000Z', hours)),
});
/** Two who both want what only one can have: less to be allowed, and more to be used. */
export const squeeze: fc.Arbitrary<Idea[]> = fc
  .tuple(fc.array(beside, { maxLength: 2 }), fc.array(quantity, { minLength: 1, maxLength: 3 }), match)
  .map(([others, quantities, wish]) => [
    { do: 'use', projects: 3 },
    { do: 'ask', ask: { kind: 'changePlan', plan: 'big', when: 'now' }, match: 'any' },
    {
      do: 'together',
      ideas: [
        { do: 'ask', ask: { kind: 'changePlan', plan: 'small', when: 'now' }, match: wish },
        ...quantities.map((projects) => ({ do: 'consume', projects }) as const),
        ...others,
      ],
    },
  ]);

const MEANWHILE: Readonly<Record<'retired' | 'used' | 'moved', (plan: string) => Idea[]>> = {
  retired: (name) => [{ do: 'offer', plan: name, isRetired: true }],
  used: () => [{ do: 'use', projects: 6 }],
  moved: (name) => [
    { do: 'addVersion', plan: name },
    { do: 'migrate', plan: name, when: 'now' },
  ],
};

/** A change that waits, what may happen to it meanwhile, and its day. */
export const maturing: fc.Arbitrary<Idea[]> = fc
  .tuple(plan, cycle, fc.constantFrom<'retired' | 'used' | 'moved'>('retired', 'used', 'moved'))
  .map(([name, billingCycle, meanwhile]) => [
    { do: 'ask', ask: { kind: 'changePlan', plan: name, billingCycle, when: 'period_end' }, match: 'any' },
    ...MEANWHILE[meanwhile](name),
    { do: 'wait', pause: { msFromEnd: 0 } },
    { do: 'schedule' },
    { do: 'offer', plan: name, isRetired: false },
  ]);

export const lifeOf = (ideas: fc.Arbitrary<Idea[]>) =>
  fc.tuple(
    beginning,
    fc.array(ideas, { minLength: 5, maxLength: 30, size: 'max' }).map((episodes) => episodes.flat()),
  );

export type Life = [{ first: string; trialDays: number; zone: string; now: Instant }, Idea[]];

/** The opposite of what has no sense as it is; and what has ended begins anew. */
function sensible(ask: Ask, standing: Standing): Ask {
  const { status, pause, cancelAt, scheduledChange } = standing;
  if (!isLive(standing) && ask.kind !== 'activate') return { kind: 'activate', paymentMethodId: 'pm_1' };
  if (ask.kind === 'resume' && !pause) return { kind: 'pause', mode: 'freeze', days: 10 };
  if (ask.kind === 'pause' && pause) return { kind: 'resume' };
  if (ask.kind === 'reactivate' && cancelAt === null && scheduledChange?.kind !== 'plan')
    return { kind: 'cancel', when: 'period_end' };
  if (ask.kind === 'recover' && status !== 'past_due') return { kind: 'markPastDue' };
  if (ask.kind === 'revoke' && pause) return { kind: 'revoke', scheduled: 'resume' };
  return ask;
}

/** Names the tenant's own plans, and the version that there is. Every other idea is made one that can be done. */
export function stepsOf(
  ideas: readonly SingleIdea[],
  { tenant, world }: { tenant: string; world: World },
): Step[] {
  const own = (name: string) => `${tenant}-${name}`;
  const { version } = world.standing;
  return ideas.map((idea, index) => {
    if (idea.do !== 'ask') return 'plan' in idea ? { ...idea, plan: own(idea.plan) } : idea;
    const wanted = index % 2 === 0 && idea.match === 'any' ? sensible(idea.ask, world.standing) : idea.ask;
    const ifMatch = idea.match === 'any' ? null : idea.match === 'current' ? version : version - 1;
    const isNamed = 'plan' in wanted && wanted.plan !== undefined;
    return { do: 'ask', ask: isNamed ? { ...wanted, plan: own(wanted.plan ?? '') } : wanted, ifMatch };
  });
}

function later(instant: Instant, hours: number): Instant {
  return new Date(Date.parse(instant) + hours * 3_600_000).toISOString();
}
