import { type Command, type Instant, type Item } from '@landlord/kernel';
import { type BillingEventName, billingEventCommand } from './billing-event.item.js';
import { creditCommand } from './credit.item.js';
import { type Invoice } from './invoice.js';
import { creditChangeOf } from './invoice.lifecycle.js';
import { ledgerCommands } from './ledger.item.js';
import { ledgerEntries } from './ledger.js';

export interface InvoiceChange {
  /** As it was, or the draft. */
  readonly before: Invoice;
  readonly after: Invoice;
  /** The balance in its currency; null while there is none. */
  readonly credit: Item | null;
  readonly event: BillingEventName;
  /** Of the event, in minor units. */
  readonly amount: number;
  readonly at: Instant;
}

/** What goes with a change of an invoice: money in the ledger, credit, and what is told of it. */
export function movementCommands(tenantCode: string, change: InvoiceChange): Command[] {
  const { before, after, credit, event: name, amount, at } = change;
  const { currency, cause, subscriptionCode, number: invoiceNumber } = after;
  const creditChange = creditChangeOf(before, after);
  const balance = { tenantCode, currency, item: credit };
  const event = { name, at, subscriptionCode, cause, invoiceNumber, currency, amount, creditChange };
  return [
    ...ledgerCommands(tenantCode, after, ledgerEntries(before, after)),
    ...(creditChange === 0 ? [] : [creditCommand(balance, creditChange)]),
    billingEventCommand(tenantCode, event),
  ];
}
