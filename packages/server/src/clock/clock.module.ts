import { type DynamicModule, Module } from '@nestjs/common';
import { ClockController } from './clock.controller.js';
import { ClockService, TEST_CLOCK } from './clock.service.js';
import { type TestClock } from './test-clock.js';

/** `/clock`; only part of the application when its clock is a test clock. */
@Module({})
export class ClockModule {
  static forRoot(clock: TestClock): DynamicModule {
    return {
      module: ClockModule,
      controllers: [ClockController],
      providers: [ClockService, { provide: TEST_CLOCK, useValue: clock }],
    };
  }
}
