import {
  COMMON_MASTER_PK,
  DataService,
  generatePk,
  type Item,
  type Page,
  type PageRequest,
  type ReadOptions,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';

/** Master data of the vendor: one item per type and code, the same for every tenant. */
@Injectable()
export class MasterService {
  constructor(private readonly dataService: DataService) {}

  /** `getByCode('PLAN', 'starter')`; null when there is none. */
  getByCode(type: string, code: string, options: ReadOptions): Promise<Item | null> {
    return this.dataService.getItem({ pk: COMMON_MASTER_PK, sk: generatePk(type, code) }, options);
  }

  /** One page of a type, by code: `list('PLAN', { limit: 50 })`. */
  list(type: string, page: PageRequest, options: ReadOptions): Promise<Page<Item>> {
    const query = { ...page, sk: { beginsWith: generatePk(type, '') } };
    return this.dataService.listItemsByPk(COMMON_MASTER_PK, query, options);
  }
}
