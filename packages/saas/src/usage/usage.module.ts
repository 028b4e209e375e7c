import { Module } from '@nestjs/common';
import { ReservationModule } from '../reservations/reservation.module.js';
import { TenantModule } from '../tenants/tenant.module.js';
import { ClosedTenantHandler } from './closed-tenant.service.js';
import { UsageController } from './usage.controller.js';
import { UsageMeteringModule } from './usage.metering.module.js';
import { UsageService } from './usage.service.js';
import { UsageCorrectionController } from './usage-correction.controller.js';
import { UsageCorrectionService } from './usage-correction.service.js';
import { UsageReaderService } from './usage-reader.service.js';
import { UsageSeriesController } from './usage-series.controller.js';
import { UsageSeriesService } from './usage-series.service.js';

@Module({
  imports: [TenantModule, UsageMeteringModule, ReservationModule],
  controllers: [UsageController, UsageSeriesController, UsageCorrectionController],
  providers: [
    ClosedTenantHandler,
    UsageService,
    UsageReaderService,
    UsageSeriesService,
    UsageCorrectionService,
  ],
  exports: [UsageService, UsageReaderService, UsageMeteringModule],
})
export class UsageModule {}
