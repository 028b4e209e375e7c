import {
  DataService,
  type Item,
  notFound,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantScope,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { requireOpen } from '../tenants/tenant.lifecycle.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { countOf, endpointFromItem, endpointKey, tallyKey, WEBHOOK_PREFIX } from './endpoint.item.js';
import { ENDPOINTS_LIMIT, isOpen } from './endpoint.js';
import { matches } from './event.js';
import { type ToldEvent } from './event-source.item.js';
import { type Place, tenantPlace, VENDOR } from './place.item.js';
import { secretKey } from './secret.item.js';

export interface FoundEndpoint {
  readonly item: Item;
  readonly hasSecret: boolean;
}

/** Reads endpoints: those of a place, and those that an event is for. */
@Injectable()
export class EndpointFinder {
  constructor(
    private readonly dataService: DataService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** Throws `not_found`. */
  async find(place: Place, id: string): Promise<Item> {
    const item = await this.dataService.getItem(endpointKey(place, id), place.read);
    if (!item) throw notFound('webhook endpoint');
    return item;
  }

  async secretOf(place: Place, id: string): Promise<Item | null> {
    return this.dataService.getItem(secretKey(place, id), { scope: SYSTEM_SCOPE });
  }

  /** `not_found` when there is no such tenant. */
  async requirePlace({ tenantCode }: Place): Promise<TenantView | null> {
    if (tenantCode === null) return null;
    const item = await this.dataService.getItem(tenantKey(tenantCode), { scope: tenantScope(tenantCode) });
    if (!item) throw notFound('tenant');
    return tenantView(item);
  }

  /** Besides, `invalid_transition` when the tenant is closed. */
  async requireOpenPlace(place: Place): Promise<void> {
    const tenant = await this.requirePlace(place);
    if (tenant) requireOpen(tenant);
  }

  async withSecrets(place: Place, items: readonly Item[]): Promise<readonly FoundEndpoint[]> {
    return Promise.all(
      items.map(async (item) => ({ item, hasSecret: (await this.secretOf(place, item.code)) !== null })),
    );
  }

  /** The tenant's own and the vendor's that are open and ask for such an event. */
  async receiversOf({ event, tenantCode }: ToldEvent): Promise<readonly { place: Place; id: string }[]> {
    const places = tenantCode === null ? [VENDOR] : [tenantPlace(tenantCode), VENDOR];
    const tallies = await this.store.getMany(SYSTEM_SCOPE, places.map(tallyKey));
    const inhabited = places.filter((_place, index) => countOf(tallies[index] ?? null) > 0);
    const found = await Promise.all(inhabited.map((place) => this.receiversIn(place, event.name)));
    return found.flat();
  }

  private async receiversIn(place: Place, name: string): Promise<readonly { place: Place; id: string }[]> {
    const query = { sk: { beginsWith: WEBHOOK_PREFIX }, limit: ENDPOINTS_LIMIT };
    const { items } = await this.dataService.listItemsByPk(place.pk, query, place.read);
    const asking = items.filter((item) => {
      const endpoint = endpointFromItem(item);
      return isOpen(endpoint) && matches(endpoint.events, name);
    });
    const found = await this.withSecrets(place, asking);
    return found.flatMap(({ item, hasSecret }) => (hasSecret ? [{ place, id: item.code }] : []));
  }
}
