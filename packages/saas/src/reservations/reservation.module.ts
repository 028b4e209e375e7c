import { Module } from '@nestjs/common';
import { UsageMeteringModule } from '../usage/usage.metering.module.js';
import { ReservationController } from './reservation.controller.js';
import { ReservationExpiry } from './reservation.expiry.service.js';
import { ReservationService } from './reservation.service.js';

@Module({
  imports: [UsageMeteringModule],
  controllers: [ReservationController],
  providers: [ReservationService, ReservationExpiry],
  exports: [ReservationService, ReservationExpiry],
})
export class ReservationModule {}
