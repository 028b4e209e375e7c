import { Module } from '@nestjs/common';
import { TenantChainService } from './tenant-chain.service.js';

/** For whoever must know on whose subscription a tenant lives. */
@Module({ providers: [TenantChainService], exports: [TenantChainService] })
export class TenantChainModule {}
