import { type InvokeContext, requireTenant } from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { invoiceFromItem } from './invoice.item.js';
import { type Invoice } from './invoice.js';
import { type InvoiceVerificationView } from './invoice.schema.js';
import { InvoiceService } from './invoice.service.js';
import { firstDifference } from './invoice.verification.js';
import { draftOfStep, InvoicingService } from './invoicing.service.js';

const EVENT_VERSION = /\.(\d+)\.\d+$/;

/** Holds invoices against what the timeline gives today. */
@Injectable()
export class InvoiceVerification {
  constructor(
    private readonly invoices: InvoiceService,
    private readonly invoicing: InvoicingService,
  ) {}

  async verify(context: InvokeContext, number: string): Promise<InvoiceVerificationView> {
    const tenantCode = requireTenant(context);
    const invoice = invoiceFromItem(await this.invoices.item(tenantCode, number));
    const expected = await this.expected(tenantCode, invoice);
    const difference = expected
      ? firstDifference(expected, invoice)
      : { lineId: null, field: 'cause.eventId', expected: null, actual: invoice.cause.eventId };
    const lines = expected?.lines.length ?? 0;
    return { number, verified: difference === null, lines, firstDifference: difference };
  }

  /** Null where its event brings no invoice. */
  private async expected(
    tenantCode: string,
    { cause, subscriptionCode: code }: Invoice,
  ): Promise<Invoice | null> {
    const version = Number(EVENT_VERSION.exec(cause.eventId)?.[1] ?? 0);
    const steps = await this.invoicing.steps({ tenantCode, code, version });
    const step = steps.find(({ entry }) => entry.eventId === cause.eventId);
    return step ? draftOfStep(step, code) : null;
  }
}
