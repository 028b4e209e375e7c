import { type Store } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { OPERATOR, openItemStore, underKey } from '../plans/item-store.fixture.js';
import { MeterCatalogueService } from './meter.catalogue.service.js';
import { tallyCommand } from './meter.item.js';
import { type MeterInput } from './meter.rules.js';
import { MeterService } from './meter.service.js';

const tokens: MeterInput = {
  code: 'tokens',
  displayName: 'Tokens',
  aggregation: 'sum',
  eventName: 'completion',
};

function open() {
  const core = openItemStore();
  const store = core.store as Store;
  const catalogue = new MeterCatalogueService(store);
  const elsewhere = new MeterCatalogueService(store);
  return { ...core, catalogue, elsewhere, meters: new MeterService(core.commandService, catalogue, store) };
}

describe('meters', () => {
  it('are made, described anew, retired and reinstated', async () => {
    const { meters } = open();
    expect(await meters.create(OPERATOR, tokens)).toMatchObject({
      ...{ code: 'tokens', resets: 'period', eventName: 'completion', isBuiltIn: false },
      ...{ limitName: 'tokens', isActive: true, version: 1 },
    });
    const change = { code: 'tokens', input: { unit: 'token' }, ifMatch: 1 };
    expect(await meters.change(OPERATOR, change)).toMatchObject({ unit: 'token', version: 2 });
    await expect(meters.change(OPERATOR, change)).rejects.toMatchObject({ code: 'version_conflict' });
    const retired = { code: 'tokens', isActive: false, ifMatch: null };
    for (const _again of [1, 2])
      expect(await meters.setActive(OPERATOR, retired)).toMatchObject({ isActive: false, version: 3 });
    expect((await meters.list({ limit: 50, includeRetired: false })).items).toHaveLength(4);
    expect((await meters.list({ limit: 50, includeRetired: true })).items).toHaveLength(5);
    expect(await meters.get('tokens')).toMatchObject({ isActive: false, unit: 'token' });
    expect(await meters.setActive(OPERATOR, { ...retired, isActive: true })).toMatchObject({
      isActive: true,
    });
  });

  it('are refused under a code that is taken, and made once under one key', async () => {
    const { meters } = open();
    const first = await meters.create(underKey('k'), tokens);
    expect(await meters.create(underKey('k'), tokens)).toEqual(first);
    await expect(meters.create(OPERATOR, tokens)).rejects.toMatchObject({ code: 'already_exists' });
    await expect(meters.get('steps')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are listed page by page, by code, built-in ones among them', async () => {
    const { meters } = open();
    for (const code of ['beta', 'zeta']) await meters.create(OPERATOR, { ...tokens, code });
    const codes: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const place: { cursor?: string } = cursor === '' ? {} : { cursor };
      const page = await meters.list({ limit: 2, includeRetired: false, ...place });
      codes.push(...page.items.map(({ code }) => code));
      cursor = page.nextCursor;
    }
    expect(codes).toEqual(['activeUsers', 'apiCalls', 'beta', 'projectCount', 'storageUsedGb', 'zeta']);
  });

  it('that are built in are described anew, and stay', async () => {
    const { meters, catalogue } = open();
    const input = { displayName: 'Calls', dimensions: ['route'] };
    expect(await meters.get('apiCalls')).toMatchObject({ version: 0, isBuiltIn: true, createdAt: null });
    const changed = await meters.change(OPERATOR, { code: 'apiCalls', input, ifMatch: 0 });
    expect(changed).toMatchObject({ displayName: 'Calls', limitName: 'maxApiCalls', version: 1 });
    const retiring = async () =>
      meters.setActive(OPERATOR, { code: 'apiCalls', isActive: false, ifMatch: null });
    await expect(retiring()).rejects.toMatchObject({ code: 'invalid_transition' });
    const { active } = await catalogue.current();
    expect(active.filter(({ metric }) => metric === 'apiCalls')).toMatchObject([{ dimensions: ['route'] }]);
  });

  it('are not more than 200 that count', async () => {
    const { meters, items } = open();
    items.put(tallyCommand({ all: 200, active: 200 }));
    await expect(meters.create(OPERATOR, tokens)).rejects.toMatchObject({
      code: 'out_of_bounds',
      message: expect.stringContaining('retire'),
    });
    expect(items.items.size).toBe(1);
  });
});

describe('the catalogue', () => {
  it('is read once, and anew when a meter has changed', async () => {
    const { meters, elsewhere } = open();
    const empty = await elsewhere.current();
    expect(empty.find('tokens')).toBeNull();
    expect(await elsewhere.current()).toBe(empty);
    await meters.create(OPERATOR, tokens);
    expect(await elsewhere.known()).toBe(empty);
    const next = await elsewhere.current();
    expect(next.version).toBe(1);
    expect(next.fedBy('completion')).toMatchObject([{ metric: 'tokens' }]);
    expect(next.fedBy('tokens')).toEqual([]);
    await meters.setActive(OPERATOR, { code: 'tokens', isActive: false, ifMatch: null });
    const last = await elsewhere.current();
    expect(last.fedBy('completion')).toEqual([]);
    expect([last.find('tokens'), last.isRetired('tokens')]).toEqual([null, true]);
  });

  it('knows what goes on in the next month, also of what was retired', async () => {
    const { meters, catalogue } = open();
    await meters.create(OPERATOR, { ...tokens, code: 'seats', aggregation: 'gauge' });
    await meters.create(OPERATOR, tokens);
    await meters.setActive(OPERATOR, { code: 'seats', isActive: false, ifMatch: null });
    const { carried } = await catalogue.current();
    expect([...carried].toSorted()).toEqual(['activeUsers', 'projectCount', 'seats', 'storageUsedGb']);
  });

  it('refuses names that are no meters', async () => {
    const { meters, catalogue } = open();
    await meters.create(OPERATOR, tokens);
    await catalogue.requireMeters('caps', ['apiCalls', 'tokens']);
    await expect(catalogue.requireMeters('caps', ['tokens', 'steps'])).rejects.toMatchObject({
      errors: [{ path: 'caps.steps' }],
    });
  });
});
