import { Module } from '@nestjs/common';
import { AlertModule } from './alerts/alert.module.js';
import { AuditModule } from './audit/audit.module.js';
import { BillingModule } from './billing/billing.module.js';
import { FeatureModule } from './features/feature.module.js';
import { InvoiceModule } from './invoices/invoice.module.js';
import { MeterModule } from './meters/meter.module.js';
import { PlanModule } from './plans/plan.module.js';
import { PortabilityModule } from './portability/portability.module.js';
import { QuotaModule } from './quotas/quota.module.js';
import { ReservationModule } from './reservations/reservation.module.js';
import { SettingModule } from './settings/setting.module.js';
import { SubscriptionModule } from './subscriptions/subscription.module.js';
import { TenantModule } from './tenants/tenant.module.js';
import { UsageModule } from './usage/usage.module.js';
import { UserModule } from './users/user.module.js';
import { WebhookModule } from './webhooks/webhook.module.js';

const CAPABILITIES = [
  TenantModule,
  PlanModule,
  MeterModule,
  SubscriptionModule,
  BillingModule,
  InvoiceModule,
  UsageModule,
  ReservationModule,
  QuotaModule,
  AlertModule,
  UserModule,
  AuditModule,
  SettingModule,
  FeatureModule,
  PortabilityModule,
  WebhookModule,
];

/** Every capability, over the store and clock of a `CoreModule`. */
@Module({ imports: CAPABILITIES, exports: CAPABILITIES })
export class SaasModule {}
