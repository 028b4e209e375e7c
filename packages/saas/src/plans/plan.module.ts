import { Module } from '@nestjs/common';
import { MasterService } from '../master/master.service.js';
import { PlanController } from './plan.controller.js';
import { PlanService } from './plan.service.js';

@Module({
  controllers: [PlanController],
  providers: [PlanService, MasterService],
  exports: [PlanService, MasterService],
})
export class PlanModule {}
