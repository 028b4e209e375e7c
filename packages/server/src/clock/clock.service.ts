import { FeedRunner, type InvokeContext } from '@landlord/kernel';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type DueRunner } from '../due/due-work.js';
import { TestClock } from './test-clock.js';

export const TEST_CLOCK = Symbol('TEST_CLOCK');
export const DUE_RUNNERS = Symbol('DUE_RUNNERS');

/** Moves the test clock, one call after the other. */
@Injectable()
export class ClockService {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(TEST_CLOCK) private readonly clock: TestClock,
    @Inject(DUE_RUNNERS) private readonly dueRunners: readonly Type<DueRunner>[],
    private readonly feedRunner: FeedRunner,
    private readonly moduleRef: ModuleRef,
  ) {}

  now(): string {
    return this.clock.now();
  }

  /** Resolves when the clock stands at `instant` everything due by then has run, and its changes have been handled. */
  moveTo(instant: string, context: InvokeContext): Promise<string> {
    const moved = this.last.then(() => this.move(instant, context));
    this.last = moved.catch(() => undefined);
    return moved;
  }

  private async move(instant: string, { user, requestId, source, ip }: InvokeContext): Promise<string> {
    await this.clock.moveTo(instant, { userId: user.userId, requestId, source, ip });
    for (const runner of this.dueRunners)
      await this.moduleRef.get(runner, { strict: false }).runDue(this.clock.now());
    await this.feedRunner.drain();
    return this.clock.now();
  }
}
