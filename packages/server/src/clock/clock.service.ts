import { FeedRunner, type InvokeContext } from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { TestClock } from './test-clock.js';

export const TEST_CLOCK = Symbol('TEST_CLOCK');

/** Moves the test clock, one call after the other. */
@Injectable()
export class ClockService {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(TEST_CLOCK) private readonly clock: TestClock,
    private readonly feedRunner: FeedRunner,
  ) {}

  now(): string {
    return this.clock.now();
  }

  /** Resolves when the clock stands at `instant` and the changes made up to then have been handled. */
  moveTo(instant: string, context: InvokeContext): Promise<string> {
    const moved = this.last.then(() => this.move(instant, context));
    this.last = moved.catch(() => undefined);
    return moved;
  }

  private async move(instant: string, { user, requestId, source, ip }: InvokeContext): Promise<string> {
    await this.clock.moveTo(instant, { userId: user.userId, requestId, source, ip });
    await this.feedRunner.drain();
    return this.clock.now();
  }
}
