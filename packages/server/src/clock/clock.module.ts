import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { type DueRunner } from '../due/due-work.js';
import { ClockController } from './clock.controller.js';
import { ClockService, DUE_RUNNERS, TEST_CLOCK } from './clock.service.js';
import { type TestClock } from './test-clock.js';

/** `/clock`; only part of the application when its clock is a test clock. */
@Module({})
export class ClockModule {
  static forRoot(clock: TestClock, dueRunners: readonly Type<DueRunner>[]): DynamicModule {
    return {
      module: ClockModule,
      controllers: [ClockController],
      providers: [
        ClockService,
        { provide: TEST_CLOCK, useValue: clock },
        { provide: DUE_RUNNERS, useValue: dueRunners },
      ],
    };
  }
}
