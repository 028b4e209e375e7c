import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { type DueRunner } from '../due/due-work.js';
import { ClockController } from './clock.controller.js';
import { ClockService, DUE_RUNNERS, ON_FAILURE, type OnFailure, TEST_CLOCK } from './clock.service.js';
import { type TestClock } from './test-clock.js';

export interface ClockParts {
  readonly clock: TestClock;
  readonly dueRunners: readonly Type<DueRunner>[];
  readonly onFailure: OnFailure;
}

/** `/clock`; only part of the application when its clock is a test clock. */
@Module({})
export class ClockModule {
  static forRoot({ clock, dueRunners, onFailure }: ClockParts): DynamicModule {
    return {
      module: ClockModule,
      controllers: [ClockController],
      providers: [
        ClockService,
        { provide: TEST_CLOCK, useValue: clock },
        { provide: DUE_RUNNERS, useValue: dueRunners },
        { provide: ON_FAILURE, useValue: onFailure },
      ],
    };
  }
}
