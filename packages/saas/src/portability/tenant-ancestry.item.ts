import { type Item, isTenantCode } from '@landlord/kernel';
import { TREE_LEVELS_LIMIT } from '../tenants/tenant.hierarchy.js';
import { type Tenant } from '../tenants/tenant.js';
import { tenantFields } from '../tenants/tenant.schema.js';

type Placed = Pick<Tenant, 'code' | 'parentCode' | 'ancestors' | 'billing'>;

/** What contradicts itself in where a tenant says it stands, or null. */
export function ancestryFlaw({ code, parentCode, ancestors, billing }: Placed): string | null {
  if (!ancestors.every(isTenantCode) || ancestors.length >= TREE_LEVELS_LIMIT)
    return 'is no tenant: ancestors is wrong';
  if (ancestors.includes(code)) return 'stands below itself';
  if (parentCode !== (ancestors.at(-1) ?? null))
    return 'is no tenant: parentCode is not the last of ancestors';
  return billing === 'parent' && parentCode === null ? 'lives on a parent, but has none' : null;
}

/** Why a tenant does not stand below the ones that are here; `above`: as its `ancestors`; `link`: its own below the parent. */
export function parentageFlaw(
  { parentCode, ancestors }: Placed,
  { above, link }: { above: readonly (Item | null)[]; link: Item | null },
): string | null {
  const missing = ancestors.find((_, index) => !isThere(above[index] ?? null));
  if (missing !== undefined) return `stands below "${missing}", which is not here: import that first`;
  const item = above.at(-1);
  if (!item) return null;
  const parent = tenantFields.safeParse({ ...item.attributes, code: item.code, name: item.name });
  if (!parent.success) return `stands below "${parentCode}", which cannot be read`;
  const { status, ancestors: others } = parent.data;
  if (status === 'closed' || status === 'erased') return `stands below "${parentCode}", which is ${status}`;
  if (others.join() !== ancestors.slice(0, -1).join())
    return `stands below "${parentCode}", which stands elsewhere than it says`;
  return isThere(link) ? null : `stands below "${parentCode}", which has no such child`;
}

function isThere(item: Item | null): boolean {
  return item !== null && !item.isDeleted;
}
