import { type Command, evolve, type Item } from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { expect, it } from 'vitest';
import { BUILT_IN_CATALOGUE } from '../meters/meter.catalogue.js';
import { createUsageCommand, levelIn, usageView, viewOf } from './usage.item.js';
import { usageView as usageSchema } from './usage.schema.js';

const NOW = '2024-01-31T15:00:00.000Z';

function itemOf(command: Command): Item {
  const origin = { userId: 'usr-1', requestId: 'req-1', source: 'test', ip: null, at: NOW };
  const evolution = evolve(null, command, origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  return evolution.item;
}

const tokyo = timeZoneOf('Asia/Tokyo');
const item = itemOf(createUsageCommand({ tenantCode: 'acme', timezone: tokyo, now: NOW, activeUsers: 1 }));

it('begins in the month that it is in the zone of the tenant', () => {
  expect(item).toMatchObject({ pk: 'TENANT#acme', sk: 'USAGE#2024-02', code: '2024-02', type: 'USAGE' });
});

it('is shown with its quotas', () => {
  const view = usageView(item, { limits: { maxUsers: 5 }, enforcement: {} });
  expect(usageSchema.parse(view)).toEqual(view);
  expect(view).toMatchObject({
    period: '2024-02',
    apiCalls: 0,
    storageUsedGb: 0,
    activeUsers: 1,
    projectCount: 0,
    meters: {},
    pooled: {},
    lastUpdatedAt: NOW,
  });
  expect(view.quotas.find(({ metric }) => metric === 'activeUsers')).toMatchObject({
    limit: 5,
    percentage: 20,
  });
});

const meters = BUILT_IN_CATALOGUE;

it('shows a month without usage: sums 0, gauges as the month before left them', () => {
  const pooled = { apiCalls: 9, storageUsedGb: 4 };
  const used = { ...item, attributes: { ...item.attributes, apiCalls: 7, storageUsedGb: '2.5', pooled } };
  const shown = (latest: Item | null, period: string) =>
    viewOf({
      period,
      level: levelIn(latest, period, meters.carried),
      lastUpdatedAt: null,
      quotas: [],
      meters,
    });
  expect(shown(used, '2024-05')).toEqual({
    period: '2024-05',
    apiCalls: 0,
    storageUsedGb: 2.5,
    activeUsers: 1,
    projectCount: 0,
    meters: {},
    pooled: { storageUsedGb: 4 },
    lastUpdatedAt: null,
    quotas: [],
  });
  expect(shown(used, '2024-02')).toMatchObject({ apiCalls: 7, pooled });
  expect(shown(null, '1999-12')).toMatchObject({ activeUsers: 0, pooled: {} });
});
