export { AlertService } from './alerts/alert.service.js';
export { FeatureModule } from './features/feature.module.js';
export { FeatureService } from './features/feature.service.js';
export { FeatureGuard, RequiresFeature } from './features/requires-feature.service.js';
export * from './http/index.js';
export { BillingService } from './invoices/billing.service.js';
export { BillingEventHandler } from './invoices/event-billing.service.js';
export { InvoiceService } from './invoices/invoice.service.js';
export { InvoiceVerification } from './invoices/invoice.verification.service.js';
export { InvoicingService } from './invoices/invoicing.service.js';
export { MasterService } from './master/master.service.js';
export { MeterService } from './meters/meter.service.js';
export { PlanEditingService } from './plans/plan.editing.service.js';
export type { Plan, PlanLimits } from './plans/plan.js';
export { PlanService } from './plans/plan.service.js';
export { ConsumesQuota, type ConsumesQuotaOptions } from './quotas/consumes-quota.service.js';
export type { Consumption, ConsumptionRequest } from './quotas/consumption.js';
export { ConsumptionService } from './quotas/consumption.service.js';
export { QuotaModule } from './quotas/quota.module.js';
export { ChecksQuota, QUOTA_METRIC, QuotaGuard } from './quotas/quota-guard.service.js';
export { ReservationExpiry } from './reservations/reservation.expiry.service.js';
export { ReservationService } from './reservations/reservation.service.js';
export { SaasModule } from './saas.module.js';
export { SettingModule } from './settings/setting.module.js';
export { SettingService } from './settings/setting.service.js';
export { SubscriptionChanges } from './subscriptions/subscription.changes.service.js';
export { SubscriptionMigration } from './subscriptions/subscription.migration.service.js';
export { SubscriptionRenewals } from './subscriptions/subscription.renewals.service.js';
export { SubscriptionService } from './subscriptions/subscription.service.js';
export { TenantService } from './tenants/tenant.service.js';
export { TenantGateService } from './tenants/tenant-gate.service.js';
export type { QuotaCheckResult } from './usage/quota.js';
export { UsageModule } from './usage/usage.module.js';
export { UsageService } from './usage/usage.service.js';
export { cloudEventId, readEvents } from './usage/usage-event.js';
export { cloudEvent, EVENTS_LIMIT, eventsBody, ownEvent } from './usage/usage-event.schema.js';
export { UsageReaderService } from './usage/usage-reader.service.js';
export { AcceptanceService } from './users/acceptance.service.js';
export { InvitationService } from './users/invitation.service.js';
export { memberFromItem, memberKey } from './users/member.item.js';
export type { Member, MemberStatus } from './users/member.js';
export { PersonService } from './users/person.service.js';
export {
  SESSION_TOKENS,
  type SessionGrant,
  type SessionToken,
  type SessionTokens,
} from './users/session-tokens.service.js';
export { UserService } from './users/user.service.js';
export { WebhookBell } from './webhooks/bell.service.js';
export { DeliveryService } from './webhooks/delivery.service.js';
export { WebhookDispatcher } from './webhooks/dispatcher.service.js';
export { EndpointSecrets } from './webhooks/endpoint.secrets.service.js';
export { EndpointService } from './webhooks/endpoint.service.js';
export { EVENT_NAMES } from './webhooks/event-source.item.js';
export { webhookHeaders, webhookMessage } from './webhooks/message.schema.js';
export { SECRET_KEY_BYTES, SecretBox } from './webhooks/secret-box.service.js';
export { DEFAULT_WEBHOOK_OPTIONS, type WebhookOptions } from './webhooks/webhook.options.service.js';
export { WEBHOOK_SUPPORT, type WebhookSupport } from './webhooks/webhook.support.service.js';
export type {
  WebhookAnswer,
  WebhookRequest,
  WebhookTransport,
} from './webhooks/webhook.transport.service.js';
