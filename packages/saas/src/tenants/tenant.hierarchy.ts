import { type Tenant, type TenantCaps, type TenantPlace } from './tenant.js';

/** Levels of a tree, the root included. */
export const TREE_LEVELS_LIMIT = 8;

export type Placement =
  | { readonly ok: true; readonly place: TenantPlace }
  | { readonly ok: false; readonly path: string; readonly message: string };

/**
 * Where a new tenant stands below a parent. One that lives on its parent's subscription shares its time zone, so
 * that their months are the same; one with a subscription of its own may have any.
 */
export function placeBelow(
  parent: Pick<Tenant, 'code' | 'status' | 'ancestors' | 'timezone'>,
  child: Pick<Tenant, 'billing' | 'timezone'> & { readonly caps: TenantCaps },
): Placement {
  const { billing, caps, timezone } = child;
  if (parent.status !== 'active')
    return { ok: false, path: 'parentCode', message: `"${parent.code}" is ${parent.status}` };
  const ancestors = [...parent.ancestors, parent.code];
  if (ancestors.length >= TREE_LEVELS_LIMIT) {
    return { ok: false, path: 'parentCode', message: `a tree has at most ${TREE_LEVELS_LIMIT} levels` };
  }
  if (billing === 'parent' && timezone !== parent.timezone) {
    const message = `must be ${parent.timezone} as of its parent, whose subscription it lives on`;
    return { ok: false, path: 'timezone', message };
  }
  if (billing === 'own' && Object.values(caps).some((cap) => cap !== null)) {
    return { ok: false, path: 'caps', message: "only cap a tenant that lives on its parent's subscription" };
  }
  return { ok: true, place: { parentCode: parent.code, ancestors, billing, caps } };
}

export function isBelow(tenant: Pick<Tenant, 'ancestors'>, ancestorCode: string): boolean {
  return tenant.ancestors.includes(ancestorCode);
}
