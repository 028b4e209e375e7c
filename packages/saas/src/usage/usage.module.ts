import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { TenantModule } from '../tenants/tenant.module.js';
import { TenantChainModule } from '../tenants/tenant-chain.module.js';
import { ClosedTenantHandler } from './closed-tenant.service.js';
import { UsageController } from './usage.controller.js';
import { UsageService } from './usage.service.js';
import { UsageCorrectionController } from './usage-correction.controller.js';
import { UsageCorrectionService } from './usage-correction.service.js';
import { UsageReaderService } from './usage-reader.service.js';
import { UsageSeriesController } from './usage-series.controller.js';
import { UsageSeriesService } from './usage-series.service.js';
import { UsageSubjectService } from './usage-subject.service.js';

@Module({
  imports: [PlanModule, SubscriptionModule, TenantModule, TenantChainModule],
  controllers: [UsageController, UsageSeriesController, UsageCorrectionController],
  providers: [
    ClosedTenantHandler,
    UsageService,
    UsageReaderService,
    UsageSubjectService,
    UsageSeriesService,
    UsageCorrectionService,
  ],
  exports: [UsageService, UsageReaderService, UsageSubjectService],
})
export class UsageModule {}
