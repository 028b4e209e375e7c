import { Module } from '@nestjs/common';
import { TenantModule } from '../tenants/tenant.module.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';

@Module({ imports: [TenantModule], controllers: [AuditController], providers: [AuditService] })
export class AuditModule {}
