import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { TenantController } from './tenant.controller.js';
import { TenantCreation } from './tenant.creation.js';
import { TenantDirectory } from './tenant.directory.js';
import { TenantGate } from './tenant.gate.js';
import { TenantGroupService } from './tenant.groups.service.js';
import { TenantLifecycleService } from './tenant.lifecycle.service.js';
import { TenantService } from './tenant.service.js';
import { TenantGroupController } from './tenant-group.controller.js';
import { TenantLifecycleController } from './tenant-lifecycle.controller.js';

@Module({
  imports: [PlanModule],
  controllers: [TenantController, TenantLifecycleController, TenantGroupController],
  providers: [
    TenantService,
    TenantCreation,
    TenantDirectory,
    TenantGate,
    TenantGroupService,
    TenantLifecycleService,
  ],
  exports: [TenantService, TenantDirectory, TenantGate],
})
export class TenantModule {}
