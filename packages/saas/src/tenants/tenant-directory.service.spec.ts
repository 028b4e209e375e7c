import { type DataService, type InvokeContext, type Item, type ItemKey, type Store } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { ROOT_PLACE } from './tenant.js';
import { TenantDirectoryService } from './tenant-directory.service.js';

const AT = '2024-01-01T00:00:00.000Z';
const OPERATOR: InvokeContext = {
  user: { userId: 'op', tenantCode: null, roles: ['system_admin'] },
  requestId: 'r',
  source: 's',
  ip: null,
  idempotency: null,
};

function tenant(code: string, parentCode: string | null): Item {
  const place = { ...ROOT_PLACE, parentCode, ancestors: parentCode === null ? [] : [parentCode] };
  const facts = { status: 'active', industry: null, country: null, timezone: 'UTC' };
  const base = {
    version: 1,
    isDeleted: false,
    createdAt: AT,
    updatedAt: AT,
    code,
    name: code,
    tenantCode: code,
  };
  const pk = `TENANT#${code}`;
  return { ...base, pk, sk: 'MASTER', attributes: { ...place, ...facts } } as unknown as Item;
}

const TENANTS = [
  tenant('acme', null),
  tenant('acme-east', 'acme'),
  tenant('globex', null),
  tenant('globex-east', 'globex'),
];

function found({ pk }: ItemKey): Item | null {
  return TENANTS.find((item) => item.pk === pk) ?? null;
}

/** Acme links all of them, whatever they say themselves. */
function directory(): TenantDirectoryService {
  const links = ['acme-east', 'globex', 'globex-east', 'nobody'].map((code) => ({ code }));
  const dataService = {
    getItem: async (key: ItemKey) => found(key),
    listItemsByPk: async () => ({ items: links, nextCursor: 'more' }),
  };
  const store = { getMany: async (_scope: unknown, keys: readonly ItemKey[]) => keys.map(found) };
  return new TenantDirectoryService(dataService as unknown as DataService, store as unknown as Store);
}

describe('the children of a tenant', () => {
  it('are those that say so themselves, whatever is linked', async () => {
    const { items, nextCursor } = await directory().listChildren(OPERATOR, 'acme', { limit: 10 });
    expect([items.map(({ code }) => code), nextCursor]).toEqual([['acme-east'], 'more']);
  });
});
