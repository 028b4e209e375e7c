import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  amount,
  Context,
  currency,
  currencyValue,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageQuery,
} from '../http/index.js';
import { BillingService } from './billing.service.js';
import { billingEventPage } from './billing-event.schema.js';

const listEvents = defineOperation({
  method: 'GET',
  path: '/billing/events',
  summary: 'List what billing did, and why',
  description: 'Each with the event of the subscription that brought it, and whose command it was.',
  tag: 'Billing',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  query: pageQuery,
  response: { status: 200, schema: billingEventPage, description: 'Newest first.' },
});

const getBalance = defineOperation({
  method: 'GET',
  path: '/billing/balance',
  summary: 'Read the credit that stands',
  description:
    'In the currency of the subscription, unless another is named. The next invoices take from it.',
  tag: 'Billing',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  query: z.strictObject({ currency: currency.exactOptional() }),
  response: {
    status: 200,
    schema: z.object({ currency: currencyValue, balance: amount }).meta({ id: 'CreditBalance' }),
    description: 'Never below 0.',
  },
  problems: ['not_found'],
});

@Controller()
export class BillingController {
  constructor(private readonly billing: BillingService) {}

  @Operation(listEvents)
  listEvents(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listEvents>) {
    return this.billing.listEvents(context, query);
  }

  @Operation(getBalance)
  balance(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof getBalance>) {
    return this.billing.balance(context, query.currency);
  }
}
