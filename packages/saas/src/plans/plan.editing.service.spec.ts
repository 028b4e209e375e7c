import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { OPERATOR, openItemStore, underKey } from './item-store.fixture.js';
import { PlanEditingService } from './plan.editing.service.js';
import { PLAN_VERSIONS_LIMIT, planHeadCommand } from './plan.item.js';
import { type PlanInput } from './plan.rules.js';
import { planBody } from './plan.schema.js';
import { PlanService } from './plan.service.js';

function open() {
  const core = openItemStore();
  const plans = new PlanService(core.commandService, core.dataService, new MasterService(core.dataService));
  return { ...core, plans, editing: new PlanEditingService(core.commandService, plans) };
}

const team = planBody.parse({
  code: 'team',
  displayName: 'Team',
  monthlyPrice: 4_900,
  yearlyPrice: 49_000,
  currency: 'USD',
  limits: { maxUsers: 5, maxApiCalls: 10_000, maxStorageGb: 10, maxProjects: null },
}) as PlanInput;

const costing = (monthlyPrice: number) => ({ ...withoutCode(team), monthlyPrice });

function withoutCode({ code: _, ...input }: PlanInput) {
  return input;
}

const everyPage = { limit: 200, includeRetired: true };

describe('creating', () => {
  it('makes version 1, which is offered', async () => {
    const { editing, plans } = open();
    const made = await editing.create(OPERATOR, team);
    expect(made).toMatchObject({ ...team, version: 1, revision: 1, isActive: true });
    expect(await plans.get('team')).toEqual(made);
    expect(await plans.chosen('team', 'planCode')).toMatchObject({ version: 1 });
  });

  it('refuses a code that is taken, and leaves the plan as it was', async () => {
    const { editing, plans } = open();
    await editing.create(OPERATOR, team);
    const again = editing.create(OPERATOR, { ...team, monthlyPrice: 1 });
    await expect(again).rejects.toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining('"team"'),
    });
    expect(await plans.get('team')).toMatchObject({ monthlyPrice: 4_900 });
  });

  it('of the same code at once, one', async () => {
    const { editing } = open();
    const results = await Promise.allSettled([1, 2, 3].map(() => editing.create(OPERATOR, team)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('under one key, once, with the same answer', async () => {
    const { editing, items } = open();
    const first = await editing.create(underKey('k'), team);
    expect(await editing.create(underKey('k'), team)).toEqual(first);
    expect(items.commits).toBe(1);
  });
});

describe('a new version', () => {
  it('is the newest, and the old one stays as it was', async () => {
    const { editing, plans } = open();
    await editing.create(OPERATOR, team);
    const before = await plans.showVersion('team', 1);
    expect(
      await editing.addVersion(OPERATOR, { code: 'team', input: costing(5_900), ifMatch: null }),
    ).toMatchObject({
      version: 2,
      revision: 2,
      monthlyPrice: 5_900,
      created: true,
    });
    expect(await plans.showVersion('team', 1)).toEqual(before);
    expect(await plans.showVersion('team', 2)).toMatchObject({ monthlyPrice: 5_900 });
    expect((await plans.listVersions('team', { limit: 50 })).items.map(({ version }) => version)).toEqual([
      2, 1,
    ]);
  });

  it('is none when it says the same, and the answer tells', async () => {
    const { editing, items } = open();
    await editing.create(OPERATOR, team);
    const size = items.items.size;
    const input = withoutCode(team);
    for (const context of [OPERATOR, underKey('k'), underKey('k')])
      expect(await editing.addVersion(context, { code: 'team', input, ifMatch: 1 })).toMatchObject({
        version: 1,
        revision: 1,
        created: false,
      });
    expect(items.items.size).toBe(size);
  });

  it('is refused where If-Match names another state, also when it would say the same', async () => {
    const { editing } = open();
    await editing.create(OPERATOR, team);
    for (const input of [costing(1), withoutCode(team)])
      await expect(editing.addVersion(OPERATOR, { code: 'team', input, ifMatch: 7 })).rejects.toMatchObject({
        code: 'version_conflict',
        facts: { currentVersion: 1, givenVersion: 7 },
      });
  });

  it('from several at once: consecutive, or a conflict for all but one with If-Match', async () => {
    const { editing, plans } = open();
    await editing.create(OPERATOR, team);
    const prices = [1, 2, 3, 4, 5];
    const added = await Promise.all(
      prices.map((price) =>
        editing.addVersion(OPERATOR, { code: 'team', input: costing(price), ifMatch: null }),
      ),
    );
    expect(added.map(({ version }) => version).toSorted()).toEqual([2, 3, 4, 5, 6]);
    const { revision } = await plans.get('team');
    const guarded = await Promise.allSettled(
      prices.map((price) =>
        editing.addVersion(OPERATOR, { code: 'team', input: costing(price + 10), ifMatch: revision }),
      ),
    );
    expect(guarded.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await plans.get('team')).toMatchObject({ version: 7 });
  });

  it('needs a plan, and a number that fits', async () => {
    const { editing, items } = open();
    await expect(
      editing.addVersion(OPERATOR, { code: 'none', input: costing(1), ifMatch: null }),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
    items.put(planHeadCommand({ ...team, version: PLAN_VERSIONS_LIMIT, isActive: true }, 0));
    await expect(
      editing.addVersion(OPERATOR, { code: 'team', input: costing(1), ifMatch: null }),
    ).rejects.toMatchObject({
      code: 'out_of_bounds',
    });
  });

  it('never changes one before it, whatever is done', async () => {
    const step = fc.oneof(
      fc.nat(3).map((price) => ({ price })),
      fc.boolean().map((isActive) => ({ isActive })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { editing, plans } = open();
        await editing.create(OPERATOR, team);
        let seen = (await plans.listVersions('team', { limit: 200 })).items;
        for (const each of steps) {
          if ('price' in each)
            await editing.addVersion(OPERATOR, { code: 'team', input: costing(each.price), ifMatch: null });
          else await editing.setActive(OPERATOR, { code: 'team', isActive: each.isActive, ifMatch: null });
          const now = (await plans.listVersions('team', { limit: 200 })).items;
          expect(now.slice(-seen.length)).toEqual(seen);
          expect(now.map(({ version }) => version)).toEqual(now.map((_, index) => now.length - index));
          expect(await plans.get('team')).toMatchObject({
            version: now.length,
            monthlyPrice: now[0]?.monthlyPrice,
          });
          seen = now;
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a retired plan', () => {
  it('is not offered, cannot be chosen, is still read, and comes back', async () => {
    const { editing, plans } = open();
    await editing.create(OPERATOR, team);
    await editing.create(OPERATOR, { ...team, code: 'zebra' });
    const retired = await editing.setActive(OPERATOR, { code: 'team', isActive: false, ifMatch: 1 });
    expect(retired).toMatchObject({ version: 1, revision: 2, isActive: false });
    expect(await editing.setActive(OPERATOR, { code: 'team', isActive: false, ifMatch: null })).toEqual(
      retired,
    );
    const offered = await plans.list({ limit: 1, includeRetired: false });
    expect(offered.items.map(({ code }) => code)).toEqual(['zebra']);
    expect((await plans.list(everyPage)).items.map(({ code }) => code)).toEqual(['team', 'zebra']);
    await expect(plans.chosen('team', 'planCode')).rejects.toMatchObject({ code: 'validation_failed' });
    expect(await plans.get('team')).toEqual(retired);
    expect(await plans.getVersion('team', 1)).toMatchObject({ monthlyPrice: 4_900 });
    await editing.setActive(OPERATOR, { code: 'team', isActive: true, ifMatch: 2 });
    expect(await plans.chosen('team', 'planCode')).toMatchObject({ code: 'team' });
  });

  it('stays retired with a new version, unless that says otherwise', async () => {
    const { editing } = open();
    await editing.create(OPERATOR, { ...team, isActive: false });
    const add = (input: Omit<PlanInput, 'code'>) =>
      editing.addVersion(OPERATOR, { code: 'team', input, ifMatch: null });
    expect(await add(costing(1))).toMatchObject({ version: 2, isActive: false });
    expect(await add({ ...costing(1), isActive: true })).toMatchObject({ version: 3, isActive: true });
  });

  it('is refused where If-Match names another state', async () => {
    const { editing } = open();
    await editing.create(OPERATOR, team);
    const stale = editing.setActive(OPERATOR, { code: 'team', isActive: false, ifMatch: 2 });
    await expect(stale).rejects.toMatchObject({ code: 'version_conflict' });
  });
});

it('versions of what is not there are not found', async () => {
  const { editing, plans } = open();
  await expect(plans.listVersions('none', { limit: 1 })).rejects.toMatchObject({ code: 'not_found' });
  await editing.create(OPERATOR, team);
  await expect(plans.showVersion('team', 2)).rejects.toMatchObject({
    code: 'not_found',
    message: 'version 2 of plan team not found',
  });
});
