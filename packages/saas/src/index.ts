export * from './http/index.js';
export { MasterService } from './master/master.service.js';
export type { Plan, PlanLimits } from './plans/plan.js';
export { PlanService } from './plans/plan.service.js';
export { SaasModule } from './saas.module.js';
export { SubscriptionService } from './subscriptions/subscription.service.js';
export { TenantService } from './tenants/tenant.service.js';
export { UsageService } from './usage/usage.service.js';
