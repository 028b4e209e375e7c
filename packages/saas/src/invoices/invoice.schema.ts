import { z } from 'zod';
import { billedPeriod, chargeLineFields } from '../billing/charge.schema.js';
import {
  amount,
  currencyValue,
  instantValue,
  localDateValue,
  pageOf,
  pageQuery,
  text,
} from '../http/index.js';
import { instant } from '../http/schemas.js';
import { INVOICE_STATUSES } from './invoice.js';

const status = z.enum(INVOICE_STATUSES);
const nullableText = z.string().nullable();

/** As it is kept, but for its number. */
export const invoiceAttributes = z.object({
  status,
  subscriptionCode: z.string().meta({ example: 'SUB-001' }),
  currency: currencyValue,
  period: billedPeriod,
  issuedAt: instantValue,
  dueDate: localDateValue,
  cause: z
    .object({
      eventId: z.string().meta({ example: 'SUB-001.3.0' }),
      event: z.string().meta({ example: 'subscription.renewed' }),
    })
    .meta({ description: 'The event of the subscription that brought it.' }),
  lines: z.array(chargeLineFields),
  subtotal: amount,
  discount: amount,
  tax: amount,
  total: amount.meta({ description: 'subtotal - discount + tax. Below 0 it is added to the balance.' }),
  creditApplied: amount.meta({ description: 'Taken from the balance.' }),
  creditAdded: amount.meta({ description: 'Added to the balance, where the total is below 0.' }),
  payment: z
    .object({ amount, paidAt: instantValue, reference: nullableText, recordedBy: z.string() })
    .nullable()
    .meta({ description: 'Null where nothing was paid, also where credit covered it all.' }),
  voiding: z
    .object({ at: instantValue, reason: nullableText, creditReturned: amount })
    .nullable()
    .meta({ description: 'Null unless it is void.' }),
});

export const invoiceFields = invoiceAttributes
  .extend({
    number: z.string().nullable().meta({ example: 'INV-ACME-CORP-000001' }),
    amountDue: amount.meta({ description: 'What is still to be paid.' }),
    version: z.int().meta({ example: 1 }),
    createdAt: instantValue,
    updatedAt: instantValue,
  })
  .meta({ id: 'Invoice' });

export const invoicePage = pageOf(invoiceFields);
export type InvoiceView = z.output<typeof invoiceFields>;

export const invoiceQuery = pageQuery.extend({ status: status.exactOptional() });
export type InvoiceQuery = z.output<typeof invoiceQuery>;
export const invoiceParams = z.object({
  number: text({ max: 100 }).meta({ example: 'INV-ACME-CORP-000001' }),
});

export const payBody = z.strictObject({
  reference: text({ max: 200 })
    .exactOptional()
    .meta({ description: 'Where to find it in the books, such as the reference of a transfer.' }),
  paidAt: instant.exactOptional().meta({ description: 'Not in the future; default: now.' }),
});
export type PayInput = z.output<typeof payBody>;

export const voidBody = z.strictObject({ reason: text({ max: 1_000 }).exactOptional() });
export type VoidInput = z.output<typeof voidBody>;

const fact = z.union([z.string(), z.number(), z.null()]);
export const invoiceVerificationView = z
  .object({
    number: z.string(),
    verified: z.boolean(),
    lines: z.int().meta({ description: 'That the timeline gives.' }),
    firstDifference: z
      .object({
        lineId: nullableText.meta({ description: 'Null: of the invoice as a whole.' }),
        field: z.string().meta({ example: 'amount' }),
        expected: fact,
        actual: fact,
      })
      .nullable(),
  })
  .meta({ id: 'InvoiceVerification' });
export type InvoiceVerificationView = z.output<typeof invoiceVerificationView>;
