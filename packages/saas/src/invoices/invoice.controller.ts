import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import {
  invoiceFields,
  invoicePage,
  invoiceParams,
  invoiceQuery,
  invoiceVerificationView,
  payBody,
  voidBody,
} from './invoice.schema.js';
import { InvoiceService } from './invoice.service.js';
import { InvoiceVerification } from './invoice.verification.service.js';

const readers = {
  tag: 'Invoices',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
} as const;

const listInvoices = defineOperation({
  ...readers,
  method: 'GET',
  path: '/invoices',
  summary: 'List invoices',
  query: invoiceQuery,
  response: { status: 200, schema: invoicePage, description: 'Newest first.' },
});

const getInvoice = defineOperation({
  ...readers,
  method: 'GET',
  path: '/invoices/:number',
  summary: 'Read an invoice',
  params: invoiceParams,
  response: { status: 200, schema: invoiceFields, description: 'The invoice.' },
  problems: ['not_found'],
  etag: true,
});

const verifyInvoice = defineOperation({
  ...readers,
  method: 'GET',
  path: '/invoices/:number/verify',
  summary: 'Compute an invoice again',
  description:
    'From the events of the subscription and the plan versions; says the first difference, if any.',
  params: invoiceParams,
  response: { status: 200, schema: invoiceVerificationView, description: 'Whether it is right.' },
  problems: ['not_found'],
});

const change = {
  method: 'POST',
  tag: 'Invoices',
  roles: ['system_admin'],
  tenant: 'required',
  params: invoiceParams,
  response: { status: 200, schema: invoiceFields, description: 'The invoice as it is now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
} as const;

const payInvoice = defineOperation({
  ...change,
  path: '/invoices/:number/pay',
  summary: 'Record that an invoice was paid',
  description: 'All that is due of it, by a way that is not ours to know.',
  body: payBody.default({}),
});

const voidInvoice = defineOperation({
  ...change,
  path: '/invoices/:number/void',
  summary: 'Make an invoice void',
  description:
    'Nothing of it is owed any more; credit that it took stands in the balance again. Its lines are not billed anew, ' +
    'and nothing is given back of them later.',
  body: voidBody.default({}),
});

@Controller()
export class InvoiceController {
  constructor(
    private readonly invoices: InvoiceService,
    private readonly verification: InvoiceVerification,
  ) {}

  @Operation(listInvoices)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listInvoices>) {
    return this.invoices.list(context, query);
  }

  @Operation(getInvoice)
  get(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getInvoice>) {
    return this.invoices.get(context, params.number);
  }

  @Operation(verifyInvoice)
  verify(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof verifyInvoice>) {
    return this.verification.verify(context, params.number);
  }

  @Operation(payInvoice)
  pay(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof payInvoice>,
  ) {
    return this.invoices.pay(context, { ...body, ...params, ifMatch });
  }

  @Operation(voidInvoice)
  void(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof voidInvoice>,
  ) {
    return this.invoices.void(context, { ...body, ...params, ifMatch });
  }
}
