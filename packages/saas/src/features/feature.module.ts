import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { SettingModule } from '../settings/setting.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { TenantChainModule } from '../tenants/tenant-chain.module.js';
import { FeatureController } from './feature.controller.js';
import { FeatureService } from './feature.service.js';
import { FeatureGuard } from './requires-feature.service.js';

@Module({
  imports: [SettingModule, SubscriptionModule, PlanModule, TenantChainModule],
  controllers: [FeatureController],
  providers: [FeatureService, FeatureGuard],
  exports: [FeatureService, FeatureGuard],
})
export class FeatureModule {}
