import { DataService, type ItemKey, type Scope, type Store, SYSTEM_SCOPE } from '@landlord/kernel';
import { expect, it } from 'vitest';
import { openItemStore } from '../plans/item-store.fixture.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { MasterService } from './master.service.js';

/** Holds which keys there are; an item is its key. */
class FakeStore {
  readonly asked: { scope: Scope; key: ItemKey }[] = [];

  constructor(private readonly keys: readonly ItemKey[]) {}

  async get(scope: Scope, key: ItemKey) {
    this.asked.push({ scope, key });
    return this.keys.find(({ pk, sk }) => pk === key.pk && sk === key.sk) ?? null;
  }
}

function open() {
  const store = new FakeStore(SEED_PLANS.flatMap((plan) => createPlanCommands(plan)));
  const master = new MasterService(new DataService(store as unknown as Store));
  return { store, master };
}

it('finds master data by type and code', async () => {
  const { store, master } = open();
  const found = await master.getByCode('PLAN', 'starter', { scope: SYSTEM_SCOPE });
  expect(found).toMatchObject({ pk: 'MASTER#COMMON', sk: 'PLAN#starter' });
  expect(store.asked).toEqual([{ scope: SYSTEM_SCOPE, key: { pk: 'MASTER#COMMON', sk: 'PLAN#starter' } }]);
});

it.each([
  ['PLAN', 'none'],
  ['METER', 'starter'],
  ['PLAN', 'starter#1'],
])('finds nothing as %s %s', async (type, code) => {
  expect(await open().master.getByCode(type, code, { scope: SYSTEM_SCOPE })).toBeNull();
});

it('lists a type, page by page, and no other that begins alike', async () => {
  const { items, dataService } = openItemStore();
  items.put(...SEED_PLANS.flatMap((plan) => createPlanCommands(plan)));
  const master = new MasterService(dataService);
  const first = await master.list('PLAN', { limit: 2 }, { scope: SYSTEM_SCOPE });
  expect(first.items.map(({ sk }) => sk)).toEqual(['PLAN#enterprise', 'PLAN#professional']);
  const next = { limit: 2, cursor: first.nextCursor ?? '' };
  const second = await master.list('PLAN', next, { scope: SYSTEM_SCOPE });
  expect(second).toMatchObject({ items: [{ sk: 'PLAN#starter' }], nextCursor: null });
});
