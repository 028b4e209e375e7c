import { LandlordError, type UnitOfWork } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { openItemStore } from '../plans/item-store.fixture.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { SubscriptionDueWork } from './subscription.due.service.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { begun } from './subscription.fixture.js';
import { SubscriptionInUse } from './subscription.in-use.service.js';
import { createSubscriptionCommand, subscriptionFromItem } from './subscription.item.js';
import { type Subscription } from './subscription.js';
import { renewalsOf } from './subscription.renewals.fixture.js';

const END = '2024-02-29T00:00:00.000Z';
const LATER = '2024-07-01T00:00:00.000Z';
const [seed] = SEED_PLANS;
if (!seed) throw new Error('there are seed plans');
const team = { ...seed, code: 'team' };

function open(count: number, change: (index: number) => Partial<Subscription> = () => ({})) {
  const core = openItemStore();
  const { items, store } = core;
  items.put(...createPlanCommands(team));
  for (let index = 0; index < count; index += 1)
    items.put(createSubscriptionCommand(`t${index}`, begun({}, change(index))));
  const of = (type: string) => [...items.items.values()].filter((item) => item.type === type);
  return {
    items,
    store,
    renewals: openRenewals(core),
    subscriptions: () => of('SUBSCRIPTION'),
    events: () => of('SUBSCRIPTIONEVENT'),
  };
}

/** As another process on the store would have them. */
function openRenewals({ commandService, dataService, store, clock }: ReturnType<typeof openItemStore>) {
  const plans = new PlanService(commandService, dataService, new MasterService(dataService));
  const facts = new SubscriptionFacts(
    plans,
    new SubscriptionInUse(store, new MeterCatalogueService(store)),
    clock,
  );
  const dueWork = new SubscriptionDueWork(commandService, dataService, facts);
  return renewalsOf({ commandService, dueWork, store });
}

const tenantOf = ({ commands: [command] }: UnitOfWork) => command?.pk.split('#')[1] ?? '';

describe('many that are due', () => {
  it('go in transactions of a hundred, not in one each', async () => {
    const { renewals, store, subscriptions } = open(450);
    const sizes: number[] = [];
    const commitEach = store.commitEach.bind(store);
    store.commitEach = (group) => {
      sizes.push(group.units.length);
      return commitEach(group);
    };
    expect(await renewals.runDue(END)).toMatchObject({ renewed: 450, failed: 0 });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    expect(sizes.length).toBeLessThan(60);
    expect(subscriptions().every(({ version }) => version === 2)).toBe(true);
  });

  it('are done though a transaction fails as a whole: the bad one fails alone', async () => {
    const { renewals, items, subscriptions } = open(250);
    items.beforeCommit = (unit) => {
      if (tenantOf(unit) === 't7' && unit.commands.length > 1) throw new Error('sealed');
    };
    expect(await renewals.runDue(END)).toMatchObject({ renewed: 249, failed: 1 });
    const broken = subscriptions().find(({ tenantCode }) => tenantCode === 't7');
    expect(broken && subscriptionFromItem(broken).setAside).toMatchObject({
      failures: 1,
      reason: 'something went wrong on the server; its log says what',
    });
  });

  it('are left for the next run, not set aside, when the store cannot serve', async () => {
    const { renewals, items } = open(5);
    items.beforeCommit = () => {
      throw new LandlordError('unavailable', 'gone');
    };
    expect(await renewals.runDue(END)).toMatchObject({ renewed: 0, failed: 5 });
    items.beforeCommit = () => undefined;
    expect(await renewals.runDue(END)).toMatchObject({ renewed: 5, failed: 0 });
  });

  it('are told of by the first failures and their number, however many fail', async () => {
    const gone = { planVersion: 9 };
    const { renewals, subscriptions } = open(320, () => gone);
    const told: string[] = [];
    const onFailure = (message: string) => told.push(message);
    expect(await renewals.runDue(END, { onFailure })).toMatchObject({ renewed: 0, failed: 320 });
    expect(told).toHaveLength(51);
    expect(told.at(-1)).toBe('270 more failures of what is due were left untold');
    expect(subscriptions().every(({ dueAt }) => dueAt !== null && dueAt > END)).toBe(true);
  });

  it('are done once by several at work at the same time, however far behind', async () => {
    const { items, events, subscriptions } = open(130);
    const runs = [1, 2, 3].map(() => openRenewals(openItemStore(undefined, items)));
    const tallies = await Promise.all(runs.map((each) => each.runDue(LATER)));
    expect(tallies.reduce((sum, { renewed }) => sum + renewed, 0)).toBe(130 * 5);
    expect(events()).toHaveLength(130 * 5);
    expect(subscriptions().every(({ version }) => version === 6)).toBe(true);
  });

  it('say when something is due next, not counting what is only tried again', async () => {
    const aside = { setAside: { reason: 'x', failures: 1, retryAt: '2024-03-05T00:00:00.000Z' } };
    const { renewals } = open(3, (index) => (index === 0 ? aside : {}));
    const next = (after: string | null, until: string) => renewals.nextDue({ after, until });
    expect(await next(null, END)).toBe(END);
    expect(await next(null, '2024-02-28T23:59:59.999Z')).toBeNull();
    expect(await next(END, LATER)).toBeNull();
    await renewals.runDue(END);
    expect(await next(null, LATER)).toBe('2024-03-31T00:00:00.000Z');
  });
});
