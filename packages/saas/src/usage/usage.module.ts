import { Module } from '@nestjs/common';
import { ReservationModule } from '../reservations/reservation.module.js';
import { TenantModule } from '../tenants/tenant.module.js';
import { ClosedTenantHandler } from './closed-tenant.service.js';
import { UsageController } from './usage.controller.js';
import { UsageMeteringModule } from './usage.metering.module.js';
import { UsageService } from './usage.service.js';
import { UsageReaderService } from './usage-reader.service.js';

@Module({
  imports: [TenantModule, UsageMeteringModule, ReservationModule],
  controllers: [UsageController],
  providers: [ClosedTenantHandler, UsageService, UsageReaderService],
  exports: [UsageService, UsageReaderService, UsageMeteringModule],
})
export class UsageModule {}
