import {
  type Command,
  type CommandService,
  DataService,
  evolve,
  type Item,
  type ItemKey,
  type ItemQuery,
  type Store,
} from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { createPlanCommands } from './plan.item.js';
import { type Plan } from './plan.js';
import { PlanService } from './plan.service.js';
import { SEED_PLANS } from './seed-plans.js';

/** Master data in memory. `onCommit` runs before a commit, as another process might. */
class FakeStore {
  readonly items: Item[] = [];
  commits = 0;
  onCommit: () => void = () => undefined;

  put(plans: readonly Plan[], overrides: Partial<Item> = {}): void {
    for (const command of plans.flatMap((plan) => createPlanCommands(plan)))
      this.items.push({ ...itemOf(command), ...overrides });
  }

  async get(_scope: unknown, key: ItemKey) {
    return this.items.find(({ pk, sk }) => pk === key.pk && sk === key.sk) ?? null;
  }

  async query(_scope: unknown, { pk, sk, limit, includeDeleted = false }: ItemQuery) {
    const prefix = sk && 'beginsWith' in sk ? sk.beginsWith : '';
    const found = this.items.filter((item) => item.pk === pk && item.sk.startsWith(prefix));
    return {
      items: found.filter(({ isDeleted }) => includeDeleted || !isDeleted).slice(0, limit),
      nextCursor: null,
    };
  }

  async commit({ commands }: { commands: readonly Command[] }) {
    this.onCommit();
    if (this.items.length > 0) throw new Error('version conflict');
    this.commits += 1;
    this.items.push(...commands.map(itemOf));
    return null;
  }
}

function itemOf(command: Command): Item {
  const origin = {
    userId: 'system',
    requestId: 'seed',
    source: 'seed',
    ip: null,
    at: '2024-01-01T00:00:00.000Z',
  };
  const evolution = evolve(null, command, origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  return evolution.item;
}

function open() {
  const store = new FakeStore();
  const data = new DataService(store as unknown as Store);
  const commands = { commit: store.commit.bind(store) } as unknown as CommandService;
  return { store, service: new PlanService(commands, data, new MasterService(data)) };
}

/** What an answer says beside the plan. */
const AS_WRITTEN = { revision: 1, updatedAt: '2024-01-01T00:00:00.000Z' };

const [starter] = SEED_PLANS;
if (!starter) throw new Error('there are seed plans');

describe('seeding', () => {
  it('gives a new store its plans, once', async () => {
    const { store, service } = open();
    await service.seed();
    await service.seed();
    expect(store.commits).toBe(1);
    const { items } = await service.list({ limit: 50, includeRetired: false });
    expect(items).toEqual(SEED_PLANS.map((plan) => ({ ...plan, ...AS_WRITTEN })));
  });

  it('leaves a store alone that ever had a plan', async () => {
    const { store, service } = open();
    store.put([starter], { isDeleted: true });
    await service.seed();
    expect(store.commits).toBe(0);
  });

  it('is content when another process was first, and not with any other failure', async () => {
    const { store, service } = open();
    store.onCommit = () => store.put(SEED_PLANS);
    await service.seed();
    expect(store.commits).toBe(0);
    const broken = open();
    broken.store.onCommit = () => {
      throw new Error('connection lost');
    };
    await expect(broken.service.seed()).rejects.toThrow('connection lost');
  });
});

describe('a plan', () => {
  it('is read at its newest version, or at the one that was signed', async () => {
    const { store, service } = open();
    store.put([starter]);
    expect(await service.get('starter')).toEqual({ ...starter, ...AS_WRITTEN });
    expect(await service.getVersion('starter', 1)).toEqual(starter);
    await expect(service.getVersion('starter', 2)).rejects.toThrow('plan starter has no version 2');
    await expect(service.get('none')).rejects.toMatchObject({
      code: 'not_found',
      message: 'plan none not found',
    });
  });

  it('that was signed is there, though it was deleted since', async () => {
    const { store, service } = open();
    store.put([starter], { isDeleted: true });
    await expect(service.get('starter')).rejects.toMatchObject({ code: 'not_found' });
    expect(await service.getVersion('starter', 1)).toEqual(starter);
  });

  it('can be chosen unless it is retired or not there', async () => {
    const { store, service } = open();
    store.put([starter, { ...starter, code: 'old', isActive: false }]);
    expect(await service.chosen('starter', 'planCode')).toEqual(starter);
    for (const code of ['old', 'none', 'starter#1'])
      await expect(service.chosen(code, 'planCode')).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ path: 'planCode', message: expect.stringContaining(`"${code}"`) }],
      });
  });
});
