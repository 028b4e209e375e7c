import { Module } from '@nestjs/common';
import { MeterModule } from '../meters/meter.module.js';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { MembershipModule } from '../users/membership.module.js';
import { TenantController } from './tenant.controller.js';
import { TenantService } from './tenant.service.js';
import { TenantChainModule } from './tenant-chain.module.js';
import { TenantCreationService } from './tenant-creation.service.js';
import { TenantDirectoryService } from './tenant-directory.service.js';
import { TenantGateService } from './tenant-gate.service.js';
import { TenantGroupController } from './tenant-group.controller.js';
import { TenantGroupService } from './tenant-group.service.js';
import { TenantLifecycleController } from './tenant-lifecycle.controller.js';
import { TenantLifecycleService } from './tenant-lifecycle.service.js';

@Module({
  imports: [PlanModule, SubscriptionModule, MembershipModule, TenantChainModule, MeterModule],
  controllers: [TenantController, TenantLifecycleController, TenantGroupController],
  providers: [
    TenantService,
    TenantCreationService,
    TenantDirectoryService,
    TenantGateService,
    TenantGroupService,
    TenantLifecycleService,
  ],
  exports: [TenantService, TenantDirectoryService, TenantGateService],
})
export class TenantModule {}
