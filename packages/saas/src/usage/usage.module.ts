import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { TenantModule } from '../tenants/tenant.module.js';
import { UsageController } from './usage.controller.js';
import { UsageReader } from './usage.reader.js';
import { UsageService } from './usage.service.js';
import { UsageSubjects } from './usage.subject.js';

@Module({
  imports: [PlanModule, TenantModule],
  controllers: [UsageController],
  providers: [UsageService, UsageReader, UsageSubjects],
  exports: [UsageService, UsageReader, UsageSubjects],
})
export class UsageModule {}
