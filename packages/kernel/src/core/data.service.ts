import { Inject, Injectable } from '@nestjs/common';
import { type ItemKey } from '../pure/keys.js';
import { type InvokeContext } from './context.js';
import { type Item } from './item.js';
import { scopeOf } from './scope.js';
import { type ItemQuery, type Page, type Scope, type Store } from './store.js';
import { STORE } from './tokens.js';

/** On whose behalf to read: a caller, or (for work without a caller) a scope. */
export type ReadOptions = { readonly invokeContext: InvokeContext } | { readonly scope: Scope };

export const DEFAULT_PAGE_LIMIT = 50;

/** Reads items. What belongs to another tenant is not there. Deleted items are hidden unless asked for. */
@Injectable()
export class DataService {
  constructor(@Inject(STORE) private readonly store: Store) {}

  async getItem(key: ItemKey, options: ReadOptions & { includeDeleted?: boolean }): Promise<Item | null> {
    const item = await this.store.get(readScope(options), key);
    return item && (options.includeDeleted || !item.isDeleted) ? item : null;
  }

  /** One page in the order of sort keys; go on with `nextCursor`. Limit 1 to 200, default 50. */
  listItemsByPk(
    pk: string,
    query: Partial<Omit<ItemQuery, 'pk'>>,
    options: ReadOptions,
  ): Promise<Page<Item>> {
    return this.store.query(readScope(options), { limit: DEFAULT_PAGE_LIMIT, ...query, pk });
  }
}

export function readScope(options: ReadOptions): Scope {
  return 'scope' in options ? options.scope : scopeOf(options.invokeContext);
}
