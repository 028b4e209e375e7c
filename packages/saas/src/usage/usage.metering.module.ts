import { Module } from '@nestjs/common';
import { MeterModule } from '../meters/meter.module.js';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { TenantChainModule } from '../tenants/tenant-chain.module.js';
import { MeteringService } from './usage.metering.service.js';
import { UsageSubjectService } from './usage-subject.service.js';

@Module({
  imports: [PlanModule, SubscriptionModule, TenantChainModule, MeterModule],
  providers: [MeteringService, UsageSubjectService],
  exports: [MeteringService, UsageSubjectService, MeterModule],
})
export class UsageMeteringModule {}
