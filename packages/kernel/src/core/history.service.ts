import { Inject, Injectable } from '@nestjs/common';
import { type ItemKey } from '../pure/keys.js';
import { type CommandRecord } from './command.js';
import { type ReadOptions, readScope } from './data.service.js';
import { type Item } from './item.js';
import { type AuditQuery, type Page, type PageRequest, type Store } from './store.js';
import { STORE } from './tokens.js';

/** What items were before, and who made them so. */
@Injectable()
export class HistoryService {
  constructor(@Inject(STORE) private readonly store: Store) {}

  listVersions(
    key: ItemKey,
    page: PageRequest & { order?: 'asc' | 'desc' },
    options: ReadOptions,
  ): Promise<Page<CommandRecord>> {
    return this.store.versions(readScope(options), key, page);
  }

  /** The item as it was at an instant; null when it did not exist yet or was deleted then. */
  async getItemAsOf(key: ItemKey, instant: string, options: ReadOptions): Promise<Item | null> {
    const record = await this.store.versionAsOf(readScope(options), key, instant);
    return record && !record.item.isDeleted ? record.item : null;
  }

  listCommands(query: AuditQuery, options: ReadOptions): Promise<Page<CommandRecord>> {
    return this.store.audit(readScope(options), query);
  }
}
