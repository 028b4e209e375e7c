import { type Item, type ItemKey, type Store } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { ROOT_PLACE, type TenantBilling } from './tenant.js';
import { TenantChainService } from './tenant-chain.service.js';

function tenant(code: string, billing: TenantBilling, ancestors: readonly string[] = []): Item {
  const facts = { status: 'active', industry: null, country: null, timezone: 'UTC' };
  const attributes = { ...ROOT_PLACE, ...facts, billing, ancestors };
  return { tenantCode: code, code, name: code, isDeleted: false, attributes } as unknown as Item;
}

/** root <- mid <- leaf on the root's subscription; free has its own, and low lives on that. */
const TREE = [
  tenant('root', 'own'),
  tenant('mid', 'parent', ['root']),
  tenant('leaf', 'parent', ['root', 'mid']),
  tenant('free', 'own', ['root', 'mid']),
  tenant('low', 'parent', ['root', 'mid', 'free']),
  tenant('lost', 'parent', ['root', 'gone']),
  tenant('nobody', 'parent'),
];

function chain() {
  const queries: number[] = [];
  const getMany = async (_scope: unknown, keys: readonly ItemKey[]) => {
    queries.push(keys.length);
    return keys.map(({ pk }) => TREE.find(({ tenantCode }) => pk === `TENANT#${tenantCode}`) ?? null);
  };
  return { queries, chain: new TenantChainService({ getMany } as unknown as Store) };
}

describe('the chain of a tenant', () => {
  it.each([
    ['root', ['root']],
    ['mid', ['mid', 'root']],
    ['leaf', ['leaf', 'mid', 'root']],
    ['free', ['free']],
    ['low', ['low', 'free']],
  ])('from %s is %j', async (code, expected) => {
    expect((await chain().chain.of(code)).map((each) => each.code)).toEqual(expected);
  });

  it('is read in two queries, however long it is', async () => {
    const { queries, chain: service } = chain();
    await service.of('leaf');
    expect(queries).toEqual([1, 2]);
  });

  it.each(['lost', 'nobody'])('is refused where nobody above %s subscribes', async (code) => {
    await expect(chain().chain.of(code)).rejects.toMatchObject({ code: 'forbidden' });
    const found = TREE.find(({ tenantCode }) => tenantCode === code);
    const ancestors = (found?.attributes.ancestors ?? []) as string[];
    expect(await chain().chain.findAbove({ code, billing: 'parent', ancestors })).toBeNull();
  });

  it('is not there for a tenant that is not', async () => {
    await expect(chain().chain.of('ghost')).rejects.toMatchObject({ code: 'not_found' });
  });
});
