import { Module } from '@nestjs/common';
import { TenantModule } from '../tenants/tenant.module.js';
import { AuditController } from './audit.controller.js';

@Module({ imports: [TenantModule], controllers: [AuditController] })
export class AuditModule {}
