import { Module } from '@nestjs/common';
import { SettingController } from './setting.controller.js';
import { SettingReader } from './setting.reader.service.js';
import { SettingService } from './setting.service.js';

@Module({
  controllers: [SettingController],
  providers: [SettingService, SettingReader],
  exports: [SettingService, SettingReader],
})
export class SettingModule {}
