import { Module } from '@nestjs/common';
import { MasterService } from '../master/master.service.js';
import { PlanController } from './plan.controller.js';
import { PlanEditingController } from './plan.editing.controller.js';
import { PlanEditingService } from './plan.editing.service.js';
import { PlanService } from './plan.service.js';

@Module({
  controllers: [PlanController, PlanEditingController],
  providers: [PlanService, PlanEditingService, MasterService],
  exports: [PlanService, PlanEditingService, MasterService],
})
export class PlanModule {}
