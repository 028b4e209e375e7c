import {
  type Command,
  currencyOf,
  type Item,
  type ItemKey,
  type JsonObject,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { z } from 'zod';
import { eventPlaceOf } from '../subscriptions/subscription.event.item.js';
import { amountDueOf, type Invoice } from './invoice.js';
import { isInvoiceNumber } from './invoice.number.js';
import { type InvoiceView, invoiceAttributes } from './invoice.schema.js';

export const INVOICE_TYPE = 'INVOICE';
export const INVOICE_PREFIX = `${INVOICE_TYPE}#`;
export const INVOICE_COUNTER_TYPE = 'INVOICECOUNTER';

export const counterAttributes = z.object({ last: z.int().min(0) });

/** One for each event that brings an invoice, so that a second run finds it. */
export function invoiceKey(tenantCode: string, eventId: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: `${INVOICE_PREFIX}${placeOf(eventId)}` };
}

/** Where an invoice is, by what it says itself; null where its number is not one of its tenant. */
export function invoiceKeyOf({ tenantCode, code, attributes }: Item): ItemKey | null {
  const { data } = z.object({ eventId: z.string() }).safeParse(attributes.cause);
  if (!data || eventPlaceOf(data.eventId) === null) return null;
  const isNamed = attributes.status === 'draft' ? code === data.eventId : isInvoiceNumber(tenantCode, code);
  return isNamed ? invoiceKey(tenantCode, data.eventId) : null;
}

export function createInvoiceCommand(tenantCode: string, invoice: Invoice): Command {
  const { number, ...attributes } = invoice;
  const { eventId } = invoice.cause;
  return {
    kind: 'full',
    ...invoiceKey(tenantCode, eventId),
    version: VERSION_FIRST,
    tenantCode,
    type: INVOICE_TYPE,
    code: number ?? eventId,
    name: number ?? `draft of ${eventId}`,
    attributes: attributes as unknown as JsonObject,
  };
}

/** Nothing else of it ever changes. */
export function changeInvoiceCommand(
  { pk, sk, version }: Item,
  { status, payment, voiding }: Invoice,
): Command {
  const attributes: JsonObject = {
    status,
    payment: payment && { ...payment },
    voiding: voiding && { ...voiding },
  };
  return { kind: 'partial', pk, sk, version, attributes };
}

export function invoiceFromItem(item: Item): Invoice {
  const { currency, ...stored } = invoiceAttributes.parse(item.attributes);
  const number = stored.status === 'draft' ? null : item.code;
  return { ...stored, currency: currencyOf(currency), number };
}

export function invoiceView(item: Item): InvoiceView {
  const invoice = invoiceFromItem(item);
  const { version, createdAt, updatedAt } = item;
  return {
    ...invoice,
    lines: [...invoice.lines],
    amountDue: amountDueOf(invoice),
    version,
    createdAt,
    updatedAt,
  };
}

export function counterKey(tenantCode: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: INVOICE_COUNTER_TYPE };
}

export function lastNumberOf(item: Item | null): number {
  return item ? counterAttributes.parse(item.attributes).last : 0;
}

/** At the version that was read, with the invoice that takes the number: none is taken twice, and none is lost. */
export function countCommand(tenantCode: string, counter: Item | null, last: number): Command {
  return {
    kind: 'full',
    ...counterKey(tenantCode),
    version: counter?.version ?? VERSION_FIRST,
    tenantCode,
    type: INVOICE_COUNTER_TYPE,
    code: tenantCode,
    name: `invoices of ${tenantCode}`,
    attributes: { last },
  };
}

function placeOf(eventId: string): string {
  const place = eventPlaceOf(eventId);
  if (place === null) throw new Error(`${eventId} is no id of an event`);
  return place;
}
