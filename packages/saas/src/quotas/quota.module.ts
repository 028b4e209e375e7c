import { Module } from '@nestjs/common';
import { UsageModule } from '../usage/usage.module.js';
import { ConsumesQuotaInterceptor } from './consumes-quota.service.js';
import { ConsumptionService } from './consumption.service.js';
import { QuotaGuard } from './quota-guard.service.js';

/** For modules whose routes check or consume quotas. */
@Module({
  imports: [UsageModule],
  providers: [ConsumptionService, ConsumesQuotaInterceptor, QuotaGuard],
  exports: [UsageModule, ConsumptionService, ConsumesQuotaInterceptor, QuotaGuard],
})
export class QuotaModule {}
