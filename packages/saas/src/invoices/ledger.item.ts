import {
  type Command,
  type Item,
  type ItemKey,
  type JsonObject,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { z } from 'zod';
import { eventPlaceOf } from '../subscriptions/subscription.event.item.js';
import { type Invoice } from './invoice.js';
import { ACCOUNTS, type LedgerEntry, MOVEMENTS } from './ledger.js';

export const LEDGER_TYPE = 'LEDGER';
export const LEDGER_PREFIX = `${LEDGER_TYPE}#`;

export const ledgerAttributes = z.object({
  movement: z.enum(MOVEMENTS),
  eventId: z.string(),
  invoiceNumber: z.string(),
  currency: z.string(),
  legs: z.array(z.object({ account: z.enum(ACCOUNTS), amount: z.int() })).max(ACCOUNTS.length),
});

/** A movement of an invoice happens once. */
export function ledgerKeyOf({
  tenantCode,
  attributes,
}: Pick<Item, 'tenantCode' | 'attributes'>): ItemKey | null {
  const { eventId, movement } = attributes;
  const place = typeof eventId === 'string' ? eventPlaceOf(eventId) : null;
  return place === null ? null : { pk: tenantPk(tenantCode), sk: `${LEDGER_PREFIX}${place}#${movement}` };
}

export function ledgerCommands(
  tenantCode: string,
  invoice: Invoice,
  entries: readonly LedgerEntry[],
): Command[] {
  const { number, currency, cause } = invoice;
  return entries.map(({ movement, legs }) => {
    const attributes: JsonObject = {
      ...{ movement, eventId: cause.eventId, invoiceNumber: number, currency },
      legs: legs.map((leg) => ({ ...leg })),
    };
    const key = ledgerKeyOf({ tenantCode, attributes });
    if (!key) throw new Error(`${cause.eventId} is no id of an event`);
    return {
      kind: 'full',
      ...key,
      version: VERSION_FIRST,
      tenantCode,
      type: LEDGER_TYPE,
      code: `${number}.${movement}`,
      name: movement,
      attributes,
    };
  });
}

export function ledgerEntryFromItem({ attributes }: Item): LedgerEntry {
  return ledgerAttributes.parse(attributes);
}
