import { type Command, evolve, type Item } from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { expect, it } from 'vitest';
import { createTenantCommand, tenantKey, tenantView } from './tenant.item.js';
import { ROOT_PLACE, type Tenant } from './tenant.js';
import { tenantView as tenantSchema } from './tenant.schema.js';

const NOW = '2024-03-01T09:00:00.000Z';
const tenant: Tenant = {
  code: 'acme-corp',
  name: 'Acme Corporation',
  status: 'active',
  industry: null,
  country: 'JP',
  timezone: timeZoneOf('Asia/Tokyo'),
  ...ROOT_PLACE,
};

function itemOf(command: Command): Item {
  const origin = { userId: 'op', requestId: 'req-1', source: 'POST /tenants/provision', ip: null, at: NOW };
  const evolution = evolve(null, command, origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  return evolution.item;
}

it('is read back from its item', () => {
  const item = itemOf(createTenantCommand(tenant));
  expect(item).toMatchObject({ ...tenantKey('acme-corp'), tenantCode: 'acme-corp', type: 'TENANT' });
  expect(item).toMatchObject({ pk: 'TENANT#acme-corp', sk: 'MASTER', version: 1, dueAt: null });
  const view = tenantView(item);
  expect(view).toEqual({ ...tenant, version: 1, createdAt: NOW, updatedAt: NOW });
  expect(tenantSchema.parse(view)).toEqual(view);
});

it('is the tenant it stands with, whatever the item says', () => {
  const item = itemOf(createTenantCommand(tenant));
  const attributes = { ...item.attributes, code: 'globex' };
  expect(tenantView({ ...item, code: 'globex', attributes }).code).toBe('acme-corp');
});

it('is not read from an item with a zone there is not', () => {
  const item = itemOf(createTenantCommand(tenant));
  expect(() =>
    tenantView({ ...item, attributes: { ...item.attributes, timezone: 'Asia/Nowhere' } }),
  ).toThrow();
});
