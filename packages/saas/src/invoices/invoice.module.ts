import { Module } from '@nestjs/common';
import { BillingModule } from '../billing/billing.module.js';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { BillingController } from './billing.controller.js';
import { BillingService } from './billing.service.js';
import { BillingEventHandler } from './event-billing.service.js';
import { InvoiceController } from './invoice.controller.js';
import { InvoiceService } from './invoice.service.js';
import { InvoiceVerification } from './invoice.verification.service.js';
import { InvoicingService } from './invoicing.service.js';

@Module({
  imports: [BillingModule, PlanModule, SubscriptionModule],
  controllers: [InvoiceController, BillingController],
  providers: [InvoiceService, InvoicingService, InvoiceVerification, BillingService, BillingEventHandler],
  exports: [InvoiceService, InvoicingService, InvoiceVerification, BillingService],
})
export class InvoiceModule {}
