import { Module } from '@nestjs/common';
import { TenantModule } from '../tenants/tenant.module.js';
import { ErasureService } from './erasure.service.js';
import { ExportService } from './export.service.js';
import { ImportService } from './import.service.js';
import { PortabilityController } from './portability.controller.js';

@Module({
  imports: [TenantModule],
  controllers: [PortabilityController],
  providers: [ExportService, ImportService, ErasureService],
})
export class PortabilityModule {}
