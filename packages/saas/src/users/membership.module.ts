import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { TenantChainModule } from '../tenants/tenant-chain.module.js';
import { MembershipService } from './membership.service.js';

/** Seats and rosters, for whoever makes members. */
@Module({
  imports: [PlanModule, SubscriptionModule, TenantChainModule],
  providers: [MembershipService],
  exports: [MembershipService],
})
export class MembershipModule {}
