import { type Command, type Item, type ItemKey, tenantPk, VERSION_FIRST } from '@landlord/kernel';
import { z } from 'zod';

export const CREDIT_BALANCE_TYPE = 'CREDITBALANCE';

/** Minor units of the currency that is its code. */
export const creditAttributes = z.object({ balance: z.int().min(0) });

export function creditKey(tenantCode: string, currency: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: `${CREDIT_BALANCE_TYPE}#${currency}` };
}

export function creditBalanceOf(item: Item | null): number {
  return item ? creditAttributes.parse(item.attributes).balance : 0;
}

/** At the version that was read, so that no credit is given twice. Below 0, or inexact, is a bug and throws. */
export function creditCommand(
  { tenantCode, currency, item }: { tenantCode: string; currency: string; item: Item | null },
  change: number,
): Command {
  return {
    kind: 'full',
    ...creditKey(tenantCode, currency),
    version: item?.version ?? VERSION_FIRST,
    tenantCode,
    type: CREDIT_BALANCE_TYPE,
    code: currency,
    name: `${currency} of ${tenantCode}`,
    attributes: creditAttributes.parse({ balance: creditBalanceOf(item) + change }),
  };
}
