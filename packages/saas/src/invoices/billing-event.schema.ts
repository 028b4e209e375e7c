import { z } from 'zod';
import { amount, currencyValue, instantValue, pageOf } from '../http/index.js';

const cause = z.object({
  eventId: z.string().meta({ example: 'SUB-001.3.0' }),
  event: z.string().meta({ example: 'subscription.renewed' }),
});

export const billingEventAttributes = z.object({
  at: instantValue,
  subscriptionCode: z.string().meta({ example: 'SUB-001' }),
  cause,
  invoiceNumber: z.string().nullable().meta({ example: 'INV-ACME-CORP-000001' }),
  currency: currencyValue,
  amount: amount.meta({ description: 'Of the lines, of the invoice, or what was paid.' }),
  creditChange: amount.meta({ description: 'By how much the balance changed.' }),
});

const billingEventFields = billingEventAttributes
  .extend({
    id: z.string().meta({ example: 'SUB-001.3.0.invoice.opened' }),
    name: z.string().meta({
      description:
        '`lines.waiting` (for the next invoice), `invoice.opened`, `invoice.paid`, `invoice.voided`.',
      example: 'invoice.opened',
    }),
    cause: cause
      .extend({ userId: z.string(), requestId: z.string(), source: z.string() })
      .meta({ description: 'The event of the subscription, and whose command did it in which request.' }),
  })
  .meta({ id: 'BillingEvent' });

export const billingEventPage = pageOf(billingEventFields);
export type BillingEventView = z.output<typeof billingEventFields>;
