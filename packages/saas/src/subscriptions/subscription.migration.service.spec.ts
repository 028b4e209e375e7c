import { generateId, LandlordError } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { OPERATOR, openItemStore, underKey } from '../plans/item-store.fixture.js';
import { createPlanCommands, planHeadCommand } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { SubscriptionDueWork } from './subscription.due.service.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { begun } from './subscription.fixture.js';
import { SubscriptionInUse } from './subscription.in-use.service.js';
import { createSubscriptionCommand, subscriptionFromItem, subscriptionKey } from './subscription.item.js';
import { type Subscription } from './subscription.js';
import { migrationBody } from './subscription.migration.schema.js';
import { SubscriptionMigration } from './subscription.migration.service.js';
import { SubscriptionService } from './subscription.service.js';

const [seed] = SEED_PLANS;
if (!seed) throw new Error('there are seed plans');
const team = { ...seed, code: 'team' };

function open() {
  const core = openItemStore();
  const { items, commandService, dataService, store, clock } = core;
  items.put(...createPlanCommands(team));
  const [, second] = createPlanCommands({ ...team, version: 2 }, 1);
  if (second) items.put(second, planHeadCommand({ ...team, version: 2 }, 1));
  const plans = new PlanService(commandService, dataService, new MasterService(dataService));
  const subscriptions = new SubscriptionService(dataService);
  const inUse = new SubscriptionInUse(store, new MeterCatalogueService(store));
  const facts = new SubscriptionFacts(plans, inUse, clock);
  const dueWork = new SubscriptionDueWork(commandService, dataService, facts);
  const migration = new SubscriptionMigration(commandService, subscriptions, plans, dueWork, store, clock);
  const sign = (tenantCode: string, change: Partial<Subscription> = {}) =>
    items.put(createSubscriptionCommand(tenantCode, begun({}, change)));
  const signed = (tenantCode: string) => {
    const { pk, sk } = subscriptionKey(tenantCode, 'SUB-001');
    const item = items.items.get(generateId(pk, sk));
    if (!item) throw new Error(`${tenantCode} has no subscription`);
    return subscriptionFromItem(item);
  };
  const run = (request: object, context = OPERATOR) =>
    migration.migrate(context, 'team', migrationBody.parse({ when: 'now', ...request }));
  return { ...core, migration, run, sign, signed };
}

const tenants = (count: number) =>
  Array.from({ length: count }, (_, index) => `t${String(index).padStart(3, '0')}`);

describe('migrating', () => {
  it('moves those named and says why it does not move the others', async () => {
    const { run, sign, signed } = open();
    sign('acme');
    sign('done', { planVersion: 2 });
    sign('else', { planCode: 'solo' });
    sign('gone', { status: 'expired' });
    const tenantCodes = ['none', 'gone', 'else', 'done', 'acme', 'acme'];
    expect(await run({ tenantCodes })).toEqual({
      planCode: 'team',
      toVersion: 2,
      dryRun: false,
      matched: 1,
      migrated: 1,
      scheduled: 0,
      skipped: [
        { tenantCode: 'done', reason: 'already_there' },
        { tenantCode: 'else', reason: 'other_plan' },
        { tenantCode: 'gone', reason: 'ended' },
        { tenantCode: 'none', reason: 'no_subscription' },
      ],
      nextCursor: null,
    });
    expect(signed('acme').planVersion).toBe(2);
  });

  it('writes nothing when it is only to tell', async () => {
    const { run, sign, signed } = open();
    sign('acme');
    expect(await run({ everyone: true, dryRun: true })).toMatchObject({
      matched: 1,
      migrated: 0,
      scheduled: 0,
    });
    expect(signed('acme').planVersion).toBe(1);
  });

  it('schedules for the renewal, by whom and when', async () => {
    const { run, sign, signed, clock } = open();
    sign('acme');
    expect(await run({ everyone: true, when: 'renewal' })).toMatchObject({
      matched: 1,
      migrated: 0,
      scheduled: 1,
    });
    expect(signed('acme')).toMatchObject({
      planVersion: 1,
      scheduledChange: { planVersion: 2, requestedAt: clock.now(), requestedBy: 'operator' },
    });
    expect(await run({ everyone: true, when: 'renewal' })).toMatchObject({
      matched: 0,
      skipped: [{ tenantCode: 'acme', reason: 'already_scheduled' }],
    });
  });

  it.each(['tenantCodes', 'everyone'])(
    'goes through all by %s in calls of 25, each one unit of work',
    async (by) => {
      const { run, sign, signed, items } = open();
      const codes = tenants(60);
      codes.forEach((code, index) => {
        sign(code, index % 3 === 0 ? { planCode: 'solo' } : {});
      });
      const whom = by === 'everyone' ? { everyone: true } : { tenantCodes: codes.toReversed() };
      let migrated = 0;
      let calls = 0;
      const reasons: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; calls += 1) {
        const answer: Awaited<ReturnType<typeof run>> = await run({ ...whom, ...(cursor ? { cursor } : {}) });
        expect(answer.matched).toBeLessThanOrEqual(25);
        migrated += answer.migrated;
        reasons.push(...answer.skipped.map(({ reason }) => reason));
        cursor = answer.nextCursor;
      }
      expect(migrated).toBe(40);
      // Of those of other plans it speaks only when they are named.
      expect(reasons).toEqual(by === 'everyone' ? [] : Array.from({ length: 20 }, () => 'other_plan'));
      expect(items.commits).toBe(calls);
      expect(codes.every((code, index) => signed(code).planVersion === (index % 3 === 0 ? 1 : 2))).toBe(true);
    },
  );

  it('reads again when a subscription was changed meanwhile, and loses nothing of it', async () => {
    const { run, sign, signed, items } = open();
    sign('acme');
    sign('beta');
    let isFirst = true;
    items.beforeCommit = () => {
      const { pk, sk } = subscriptionKey('beta', 'SUB-001');
      if (isFirst) items.put({ kind: 'partial', pk, sk, version: 1, attributes: { autoRenew: false } });
      isFirst = false;
    };
    expect(await run({ everyone: true })).toMatchObject({ migrated: 2 });
    expect(signed('beta')).toMatchObject({ planVersion: 2, autoRenew: false });
    expect(items.commits).toBe(1);
  });

  it('does nothing at all when it fails', async () => {
    const { run, sign, signed, items } = open();
    sign('acme');
    items.beforeCommit = () => {
      throw new LandlordError('unavailable', 'the database cannot be reached');
    };
    await expect(run({ everyone: true })).rejects.toMatchObject({ code: 'unavailable' });
    expect(signed('acme').planVersion).toBe(1);
  });

  it('under one key happens once and answers the same, also in parallel', async () => {
    const { run, sign, items } = open();
    sign('acme');
    const answers = await Promise.all([1, 2, 3].map(() => run({ everyone: true }, underKey('k'))));
    expect(answers.map(({ migrated }) => migrated)).toEqual([1, 1, 1]);
    expect(items.commits).toBe(1);
  });

  it('refuses a version or a plan that is not there, and a cursor of another list', async () => {
    const { run, migration } = open();
    await expect(run({ everyone: true, toVersion: 3 })).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ path: 'toVersion', message: 'plan team has no version 3; its newest is 2' }],
    });
    await expect(run({ tenantCodes: ['acme'], cursor: 'A b' })).rejects.toMatchObject({
      errors: [{ path: 'cursor' }],
    });
    const request = migrationBody.parse({ everyone: true, when: 'now' });
    await expect(migration.migrate(OPERATOR, 'none', request)).rejects.toMatchObject({ code: 'not_found' });
  });
});

it.each<[object, string]>([
  [{ when: 'now' }, 'tenantCodes'],
  [{ when: 'now', everyone: true, tenantCodes: ['acme'] }, 'tenantCodes'],
  [{ when: 'now', everyone: false }, 'everyone'],
  [{ when: 'soon', everyone: true }, 'when'],
  [{ when: 'now', everyone: true, toVersion: 0 }, 'toVersion'],
  [{ when: 'now', everyone: true, fromVersions: [] }, 'fromVersions'],
  [{ when: 'now', tenantCodes: [] }, 'tenantCodes'],
  [{ when: 'now', tenantCodes: tenants(1_001) }, 'tenantCodes'],
  [{ when: 'now', tenantCodes: ['Acme'] }, 'tenantCodes.0'],
])('the request %o is refused at %s', (request, path) => {
  const paths = migrationBody.safeParse(request).error?.issues.map((issue) => issue.path.join('.'));
  expect(paths).toContain(path);
});
