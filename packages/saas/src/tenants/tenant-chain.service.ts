import {
  GroupCommit,
  type Item,
  type ItemKey,
  LandlordError,
  notFound,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { tenantKey, tenantView } from './tenant.item.js';
import { type Tenant } from './tenant.js';
import { type TenantView } from './tenant.schema.js';

const KEYS_LIMIT = 100;
const QUEUE_LIMIT = 20_000;

/** Where a tenant stands, as far as it decides on whose subscription it lives. */
export type ChainStart = Pick<Tenant, 'code' | 'billing' | 'ancestors'>;

/**
 * From a tenant up to the one on whose subscription it lives. Reads that arrive together are one: they are asked at
 * every request. For callers who have shown that they may act for the tenant.
 */
@Injectable()
export class TenantChainService {
  private readonly reads: GroupCommit<ItemKey, Item | null>;

  constructor(@Inject(STORE) store: Store) {
    this.reads = new GroupCommit((keys) => store.getMany(SYSTEM_SCOPE, keys), {
      groupWeightLimit: KEYS_LIMIT,
      queueWeightLimit: QUEUE_LIMIT,
    });
  }

  /** The tenant first, the one that subscribes last. `not_found` for a tenant that is not there. */
  async of(tenantCode: string): Promise<readonly [TenantView, ...TenantView[]]> {
    const item = await this.read(tenantKey(tenantCode));
    if (!item || item.isDeleted) throw notFound('tenant');
    const tenant = tenantView(item);
    return [tenant, ...(await this.above(tenant))];
  }

  /** Those above, from the parent up to the one that subscribes. `forbidden` when one of them is not here. */
  async above(tenant: ChainStart): Promise<readonly TenantView[]> {
    const found = await this.findAbove(tenant);
    if (found) return found;
    throw new LandlordError('forbidden', `the tenant that ${tenant.code} lives on is not here`);
  }

  /** Null where `above` would throw. */
  async findAbove({ billing, ancestors }: ChainStart): Promise<readonly TenantView[] | null> {
    if (billing === 'own') return [];
    const items = await Promise.all(ancestors.toReversed().map((code) => this.read(tenantKey(code))));
    const above: TenantView[] = [];
    for (const item of items) {
      if (!item || item.isDeleted) return null;
      const tenant = tenantView(item);
      above.push(tenant);
      if (tenant.billing === 'own') return above;
    }
    return null;
  }

  /** One item of any tenant, deleted or not. */
  read(key: ItemKey): Promise<Item | null> {
    return this.reads.submit(key, 1);
  }
}
