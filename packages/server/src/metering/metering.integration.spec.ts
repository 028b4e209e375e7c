import { LandlordError, Quantity } from '@landlord/kernel';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  adminOf,
  type MeteringProcess,
  offerPlan,
  openProcess,
  operator,
  provision,
} from './metering-process.fixture.js';

const START = '2024-01-15T10:00:00.000Z';

/** Of each, whether it was taken or refused for the quota; anything else is thrown. */
async function tally(asked: readonly Promise<unknown>[]): Promise<{ taken: number; refused: number }> {
  const settled = await Promise.allSettled(asked);
  const isRefusal = (reason: unknown) => reason instanceof LandlordError && reason.code === 'quota_exceeded';
  for (const each of settled) if (each.status === 'rejected' && !isRefusal(each.reason)) throw each.reason;
  const taken = settled.filter(({ status }) => status === 'fulfilled').length;
  return { taken, refused: settled.length - taken };
}

describe('own meters and reservations, in two processes', () => {
  let now = START;
  let database: TestDatabase;
  const processes: MeteringProcess[] = [];
  const process = (index: number): MeteringProcess => {
    const found = processes[index % processes.length];
    if (!found) throw new Error('both are open');
    return found;
  };
  const quota = (tenant: string, metric: string, index = 0) =>
    process(index).reader.getQuota(adminOf(tenant), metric);

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    for (let count = 0; count < 2; count += 1)
      processes.push(await openProcess(database.url, { now: () => now }));
    const limits = { maxApiCalls: 100, maxStorageGb: 50, visitors: 25, jobs: 40, peakLoad: 9 };
    await offerPlan(process(0), 'metered', limits);
    for (const tenant of ['see', 'jobs', 'mixed', 'edge', 'group'])
      await provision(process(0), tenant, 'metered');
  });
  afterAll(async () => {
    for (const each of processes) await each.close();
    await database?.drop();
  });

  it('knows a meter that another process has made, and not one that it has retired', async () => {
    const visit = (id: string, user: string) => ({ id, metric: 'visit', properties: { user } });
    await expect(process(1).usage.record(adminOf('see'), [visit('0', 'ada')])).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const aggregation = 'unique' as const;
    const meter = { code: 'visitors', displayName: 'Visitors', aggregation };
    await process(0).meters.create(operator, { ...meter, eventName: 'visit', uniqueProperty: 'user' });
    expect(await process(1).usage.record(adminOf('see'), [visit('1', 'ada')])).toMatchObject({ accepted: 1 });
    await process(0).meters.create(operator, {
      ...meter,
      code: 'brief',
      eventName: 'brief',
      uniqueProperty: 'user',
    });
    await process(1).usage.record(adminOf('see'), [{ ...visit('2', 'bob'), metric: 'brief' }]);
    await process(0).meters.setActive(operator, { code: 'brief', isActive: false, ifMatch: null });
    // It is in the memory of the other process still, which does not help it.
    await expect(
      process(1).usage.record(adminOf('see'), [{ ...visit('3', 'cy'), metric: 'brief' }]),
    ).rejects.toMatchObject({ code: 'validation_failed' });
    expect((await process(1).reader.getCurrent(adminOf('see'))).meters).toEqual({ brief: 1, visitors: 1 });
  });

  it('admits exactly as many distinct visitors as there may be, whoever comes twice', async () => {
    const visits = Array.from({ length: 160 }, (_, index) =>
      process(index).usage.consume(adminOf('see'), {
        id: `v${index}`,
        metric: 'visit',
        properties: { user: `user-${index % 40}` },
      }),
    );
    // ada was there before: 24 of the 40 fit, and each of them may come as often as it likes.
    await tally(visits);
    expect(await quota('see', 'visitors')).toMatchObject({ current: 25, limit: 25, isExceeded: true });
    const again = Array.from({ length: 40 }, (_, index) =>
      process(index).usage.consume(adminOf('see'), {
        id: `again${index}`,
        metric: 'visit',
        properties: { user: `user-${index}` },
      }),
    );
    expect(await tally(again)).toEqual({ taken: 24, refused: 16 });
    expect(await quota('see', 'visitors', 1)).toMatchObject({ current: 25 });
  });

  it('never holds or uses more than there is, and uses all there is, while holds end in every way', async () => {
    const tenant = 'jobs';
    await process(0).meters.create(operator, { code: 'jobs', displayName: 'Jobs', aggregation: 'sum' });
    const work = Array.from({ length: 120 }, async (_, index) => {
      const { reservations, usage } = process(index);
      const caller = adminOf(tenant);
      if (index % 3 === 0)
        return usage.consume(caller, { id: `c${index}`, metric: 'jobs', quantity: Quantity.of('0.5') });
      const id = `r${index}`;
      await reservations.reserve(caller, {
        id,
        metric: 'jobs',
        quantity: Quantity.of(2),
        expiresInSeconds: 60,
      });
      // Both at once, from both processes: one wins.
      const ends = [
        process(index).reservations.commit(caller, id, Quantity.of('1.5')),
        process(index + 1).reservations.release(caller, id),
      ];
      const ended = await Promise.allSettled(ends);
      expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      return null;
    });
    const watched: number[] = [];
    const watching = (async () => {
      for (let look = 0; look < 20; look += 1) {
        const { current, held } = await quota(tenant, 'jobs', look);
        watched.push(Number(current) + Number(held));
      }
    })();
    await tally(work);
    await watching;
    expect(Math.max(...watched)).toBeLessThanOrEqual(40);
    const before = await quota(tenant, 'jobs');
    expect(before.held).toBe(0);
    const rest = (40 - Number(before.current)) / 0.5;
    const last = Array.from({ length: rest + 20 }, (_, index) =>
      process(index).usage.consume(adminOf(tenant), {
        id: `last${index}`,
        metric: 'jobs',
        quantity: Quantity.of('0.5'),
      }),
    );
    expect(await tally(last)).toEqual({ taken: rest, refused: 20 });
    expect(await quota(tenant, 'jobs')).toMatchObject({ current: 40, held: 0 });
  });

  it('lets nobody wait for what has expired: an admission gives it back first', async () => {
    const caller = adminOf('mixed');
    const hold = (id: string, quantity: number) =>
      process(0).reservations.reserve(caller, {
        id,
        metric: 'apiCalls',
        quantity: Quantity.of(quantity),
        expiresInSeconds: 30,
      });
    expect(await hold('a', 60)).toMatchObject({ status: 'held', held: 60, current: 0, limit: 100 });
    await hold('b', 40);
    await expect(hold('c', 1)).rejects.toMatchObject({
      code: 'quota_exceeded',
      message: 'Quota exceeded for apiCalls: 0/100 and 100 held. Please upgrade your plan.',
    });
    now = '2024-01-15T10:00:30.000Z';
    const calls = Array.from({ length: 130 }, (_, index) =>
      process(index).usage.consume(caller, { id: `m${index}`, metric: 'apiCalls' }),
    );
    expect(await tally(calls)).toEqual({ taken: 100, refused: 30 });
    for (const id of ['a', 'b']) {
      expect(await process(1).reservations.get(caller, id)).toMatchObject({ status: 'expired', used: null });
      await expect(process(1).reservations.commit(caller, id, null)).rejects.toMatchObject({
        code: 'invalid_transition',
        message: expect.stringContaining('expired'),
      });
    }
    expect(await quota('mixed', 'apiCalls')).toMatchObject({ current: 100, held: 0 });
  });

  it('gives back in the pool what a child held too long, once, whoever runs it', async () => {
    const below = { code: 'group--a', name: 'A', parentCode: 'group' };
    await process(0).tenants.createTenant(below, { invokeContext: operator });
    const child = adminOf('group--a');
    const holds = Array.from({ length: 20 }, (_, index) =>
      process(index).reservations.reserve(child, {
        id: `g${index}`,
        metric: 'storageUsedGb',
        quantity: Quantity.of('2.5'),
        expiresInSeconds: 10,
      }),
    );
    expect(await tally(holds)).toEqual({ taken: 20, refused: 0 });
    expect(await quota('group', 'storageUsedGb')).toMatchObject({ current: 0, held: 50, isExceeded: true });
    const { items } = await process(1).reservations.list(child, { limit: 200 });
    expect(items).toHaveLength(20);
    now = '2024-01-15T10:02:00.000Z';
    const runs = await Promise.all([0, 1, 0, 1].map((index) => process(index).expiry.runDue(now)));
    expect(runs.reduce((sum, { expired }) => sum + expired, 0)).toBe(20);
    expect(await quota('group', 'storageUsedGb')).toMatchObject({ current: 0, held: 0 });
    expect((await process(0).reservations.list(child, { limit: 200 })).items).toEqual([]);
  });

  it('counts a use in the month that admitted it, a level in the month of its use', async () => {
    const caller = adminOf('edge');
    now = '2024-01-31T23:59:00.000Z';
    const reserve = (id: string, metric: string) =>
      process(0).reservations.reserve(caller, {
        id,
        metric,
        quantity: Quantity.of(50),
        expiresInSeconds: 600,
      });
    await reserve('calls', 'apiCalls');
    await reserve('storage', 'storageUsedGb');
    now = '2024-02-01T00:01:00.000Z';
    expect(await quota('edge', 'apiCalls')).toMatchObject({ held: 0 });
    expect(await quota('edge', 'storageUsedGb')).toMatchObject({ held: 50, isExceeded: true });
    await process(1).reservations.commit(caller, 'calls', Quantity.of(20));
    await process(1).reservations.commit(caller, 'storage', null);
    const of = (period: string) => process(0).usage.getUsageSummary('edge', period);
    expect(await of('2024-01')).toMatchObject({ apiCalls: 20, storageUsedGb: 0 });
    expect(await of('2024-02')).toMatchObject({ apiCalls: 0, storageUsedGb: 50 });
    expect(await quota('edge', 'storageUsedGb')).toMatchObject({ current: 50, held: 0 });
    // Again is the same, another way is not.
    expect(await process(0).reservations.commit(caller, 'calls', Quantity.of(20))).toMatchObject({
      used: 20,
    });
    await expect(process(0).reservations.release(caller, 'calls')).rejects.toMatchObject({
      code: 'invalid_transition',
    });
    expect(await of('2024-01')).toMatchObject({ apiCalls: 20 });
  });

  it('adds up 40,000 of 0.000000001 to 0.00004, exactly', async () => {
    const caller = adminOf('jobs');
    await process(0).meters.create(operator, { code: 'grains', displayName: 'Grains', aggregation: 'sum' });
    const grain = Quantity.of('0.000000001');
    const EVENTS_LIMIT = 10_000;
    for (let batch = 0; batch < 4; batch += 1) {
      const inputs = Array.from({ length: EVENTS_LIMIT }, (_, index) => ({
        id: `grain-${batch}-${index}`,
        metric: 'grains',
        quantity: grain,
      }));
      await process(batch).usage.record(caller, inputs);
    }
    expect((await process(0).reader.getCurrent(caller)).meters.grains).toBe(0.000_04);
  });
});
