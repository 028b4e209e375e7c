import { type ItemKey } from '../pure/keys.js';
import { type Item } from './item.js';

/** A change of one item, as the feed tells it. `old` is null for a new item. */
export interface Change extends ItemKey {
  readonly type: string;
  readonly tenantCode: string;
  readonly version: number;
  /** How many versions it stands for: more than one when increments were coalesced. */
  readonly span: number;
  readonly old: Item | null;
  readonly new: Item;
}
