import { type UsageRetention } from '@landlord/kernel';
import { expect, it } from 'vitest';
import { FakeStore } from '../testing/fake-store.js';
import { UsageRetentionRunner } from './usage-retention.js';

function tidying(hours: number | null) {
  const asked: UsageRetention[] = [];
  const store = new FakeStore();
  const tidy = async (retention: UsageRetention) => {
    asked.push(retention);
    return { dropped: [], hours: 0 };
  };
  Object.assign(store, { usageLog: { ...store.usageLog, tidy } });
  return { asked, runner: new UsageRetentionRunner(store, { events: 30, ids: 60, hours }) };
}

it('lets go of what is older than its days, counted from the clock', async () => {
  const { asked, runner } = tidying(366);
  await runner.runDue('2024-03-31T12:00:00.000Z');
  expect(asked).toEqual([
    {
      now: '2024-03-31T12:00:00.000Z',
      eventsBefore: '2024-03-01T12:00:00.000Z',
      idsBefore: '2024-01-31T12:00:00.000Z',
      hoursBefore: '2023-03-31T12:00:00.000Z',
    },
  ]);
});

it('keeps hours for ever where nothing is said, and knows no time before 1970', async () => {
  const { asked, runner } = tidying(null);
  await runner.runDue('1970-01-10T00:00:00.000Z');
  expect(asked).toMatchObject([{ eventsBefore: '1970-01-01T00:00:00.000Z', hoursBefore: null }]);
});

it('does so once in each hour of the clock, and again when it failed', async () => {
  const { asked, runner } = tidying(null);
  for (const minute of ['00', '01', '59']) await runner.runDue(`2024-01-10T09:${minute}:00.000Z`);
  await runner.runDue('2024-01-10T10:00:00.000Z');
  expect(asked.map(({ now }) => now.slice(11, 16))).toEqual(['09:00', '10:00']);
  const store = new FakeStore();
  const failing = new UsageRetentionRunner(store, { events: 30, ids: 60, hours: null });
  for (let round = 0; round < 2; round += 1)
    await expect(failing.runDue('2024-01-10T10:00:00.000Z')).rejects.toThrow('does not do this');
  expect(await failing.nextDue()).toBeNull();
});
