import { Module } from '@nestjs/common';
import { MeterCatalogueService } from './meter.catalogue.service.js';
import { MeterController } from './meter.controller.js';
import { MeterService } from './meter.service.js';

@Module({
  controllers: [MeterController],
  providers: [MeterService, MeterCatalogueService],
  exports: [MeterService, MeterCatalogueService],
})
export class MeterModule {}
