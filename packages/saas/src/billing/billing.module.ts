import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { PreviewController } from './preview.controller.js';
import { PreviewService } from './preview.service.js';
import { TimelineService } from './timeline.service.js';

@Module({
  imports: [PlanModule, SubscriptionModule],
  controllers: [PreviewController],
  providers: [PreviewService, TimelineService],
  exports: [PreviewService, TimelineService],
})
export class BillingModule {}
