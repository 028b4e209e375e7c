import { type Item, type ItemKey } from '@landlord/kernel';
import { type Transaction } from './database.js';
import { ITEM_COLUMNS, type ItemRow, itemFromRow } from './rows.js';

/** Locks names, present or not, in one global order, until the transaction ends. */
export async function lockNames(transaction: Transaction, names: readonly string[]): Promise<void> {
  await transaction.query(
    `select pg_advisory_xact_lock(hash) from (
       select distinct hashtextextended(name, 0) as hash from unnest($1::text[]) as name order by 1
     ) as ordered`,
    [names],
  );
}

/** A separator no key contains keeps ('a', 'bc') and ('ab', 'c') apart. */
export function lockNameOf({ pk, sk }: ItemKey): string {
  return `${pk}\u0001${sk}`;
}

/** The items as they are, locked against everybody else's writing. */
export function loadLocked(transaction: Transaction, keys: readonly ItemKey[]): Promise<readonly Item[]> {
  return load(transaction, keys, 'for update');
}

export async function load(
  transaction: Transaction,
  keys: readonly ItemKey[],
  locking: '' | 'for update' = '',
): Promise<readonly Item[]> {
  const rows = await transaction.query<ItemRow>(
    `select ${ITEM_COLUMNS} from landlord.item
     where (pk, sk) in (select * from unnest($1::text[], $2::text[]))
     order by pk, sk ${locking}`,
    [keys.map(({ pk }) => pk), keys.map(({ sk }) => sk)],
  );
  return rows.map(itemFromRow);
}
