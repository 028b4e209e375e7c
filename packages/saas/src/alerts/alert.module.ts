import { Module } from '@nestjs/common';
import { SettingModule } from '../settings/setting.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AlertController } from './alert.controller.js';
import {
  CapAlertHandler,
  PlanAlertHandler,
  ThresholdAlertHandler,
  UsageAlertHandler,
} from './alert.handlers.service.js';
import { AlertService } from './alert.service.js';

@Module({
  imports: [UsageModule, SettingModule],
  controllers: [AlertController],
  providers: [AlertService, UsageAlertHandler, PlanAlertHandler, CapAlertHandler, ThresholdAlertHandler],
  exports: [AlertService],
})
export class AlertModule {}
