import {
  DataService,
  type InvokeContext,
  type Item,
  isTenantCode,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantPk,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { isBelow } from './tenant.hierarchy.js';
import { CHILD_PREFIX, TENANT_TYPE, tenantKey, tenantView } from './tenant.item.js';
import { type TenantView } from './tenant.schema.js';

/** A tenant's record together with the item it was read from. */
export interface FoundTenant {
  readonly item: Item;
  readonly tenant: TenantView;
}

/** Finds tenants for callers, each of whom sees its own, and an admin those below it. Operators see all. */
@Injectable()
export class TenantDirectoryService {
  constructor(
    private readonly dataService: DataService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** Throws `not_found` for what the caller may not see just as for what is not there. */
  async find(context: InvokeContext, tenantCode: string): Promise<FoundTenant> {
    const found = await this.load(tenantCode);
    if (!found || !maySee(context, found.tenant)) throw notFound('tenant');
    return found;
  }

  /** For decisions that belong to those above: operators, and admins of a tenant above. Throws `forbidden` for its own. */
  async findBelow(context: InvokeContext, tenantCode: string): Promise<FoundTenant> {
    const found = await this.find(context, tenantCode);
    if (isAbove(context, found.tenant)) return found;
    throw new LandlordError('forbidden', 'only an operator or an admin of a tenant above can do this');
  }

  async list(page: PageRequest): Promise<Page<TenantView>> {
    const { items, nextCursor } = await this.store.itemsByType(SYSTEM_SCOPE, { ...page, type: TENANT_TYPE });
    return { items: items.map(tenantView), nextCursor };
  }

  /** The tenants directly below, by code. */
  async listChildren(
    context: InvokeContext,
    tenantCode: string,
    page: PageRequest,
  ): Promise<Page<TenantView>> {
    await this.find(context, tenantCode);
    return this.children(tenantCode, page);
  }

  /** Those directly below that live on this one's subscription. */
  async listDependants(tenantCode: string, page: PageRequest): Promise<Page<TenantView>> {
    const { items, nextCursor } = await this.children(tenantCode, page);
    return { items: items.filter(({ billing }) => billing === 'parent'), nextCursor };
  }

  /** Whether a tenant that is not closed lives on this one's subscription. */
  async hasDependants(tenantCode: string): Promise<boolean> {
    let cursor: string | undefined;
    do {
      const page = await this.children(tenantCode, { limit: 100, ...(cursor ? { cursor } : {}) });
      if (page.items.some(dependsOnParent)) return true;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return false;
  }

  private async load(tenantCode: string): Promise<FoundTenant | null> {
    if (!isTenantCode(tenantCode)) return null;
    const item = await this.dataService.getItem(tenantKey(tenantCode), { scope: SYSTEM_SCOPE });
    return item && { item, tenant: tenantView(item) };
  }

  /** A link alone makes no child: it must itself say whose it is. */
  private async children(tenantCode: string, page: PageRequest): Promise<Page<TenantView>> {
    const query = { ...page, sk: { beginsWith: CHILD_PREFIX } };
    const links = await this.dataService.listItemsByPk(tenantPk(tenantCode), query, { scope: SYSTEM_SCOPE });
    const items: (Item | null)[] = [];
    const keys = links.items.map(({ code }) => tenantKey(code));
    for (let from = 0; from < keys.length; from += 100)
      items.push(...(await this.store.getMany(SYSTEM_SCOPE, keys.slice(from, from + 100))));
    return {
      items: items
        .filter((item) => item !== null)
        .map(tenantView)
        .filter(({ parentCode }) => parentCode === tenantCode),
      nextCursor: links.nextCursor,
    };
  }
}

function maySee(context: InvokeContext, tenant: TenantView): boolean {
  return context.user.tenantCode === tenant.code || isAbove(context, tenant);
}

/** An operator who acts for a tenant sees what is below that one; acting for none, everything. */
function isAbove({ user: { tenantCode, roles } }: InvokeContext, tenant: TenantView): boolean {
  if (roles.includes('system_admin'))
    return tenantCode === null || tenantCode === tenant.code || isBelow(tenant, tenantCode);
  return roles.includes('admin') && tenantCode !== null && isBelow(tenant, tenantCode);
}

function dependsOnParent({ billing, status }: TenantView): boolean {
  return billing === 'parent' && (status === 'active' || status === 'suspended');
}
