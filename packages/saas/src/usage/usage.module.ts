import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { UsageController } from './usage.controller.js';
import { UsageService } from './usage.service.js';

@Module({
  imports: [PlanModule, SubscriptionModule],
  controllers: [UsageController],
  providers: [UsageService],
  exports: [UsageService],
})
export class UsageModule {}
