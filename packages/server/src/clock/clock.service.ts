import { FeedRunner, type InvokeContext, type Origin } from '@landlord/kernel';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type DueRunner } from '../due/due-work.js';
import { TestClock } from './test-clock.js';

export const TEST_CLOCK = Symbol('TEST_CLOCK');
export const DUE_RUNNERS = Symbol('DUE_RUNNERS');
export const ON_FAILURE = Symbol('ON_FAILURE');

export type OnFailure = (message: string, error: unknown) => void;

/** More than a year in which every time zone's day brings something. What is left then is done at the end, at once. */
const STOPS_LIMIT = 20_000;

/** Of doing what is due and handling the changes, at one instant. */
const ROUNDS_LIMIT = 5;

type Mover = Omit<Origin, 'at'>;

/** Moves the test clock, one call after the other. */
@Injectable()
export class ClockService {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(TEST_CLOCK) private readonly clock: TestClock,
    @Inject(DUE_RUNNERS) private readonly dueRunners: readonly Type<DueRunner>[],
    @Inject(ON_FAILURE) private readonly onFailure: OnFailure,
    private readonly feedRunner: FeedRunner,
    private readonly moduleRef: ModuleRef,
  ) {}

  now(): string {
    return this.clock.now();
  }

  /**
   * Stands still at every instant on the way at which something falls due, until it has run and its changes have been
   * handled: what happens then is of that instant, as if nobody had moved the clock. Resolves at `instant`.
   */
  moveTo(instant: string, { user, requestId, source, ip }: InvokeContext): Promise<string> {
    const mover = { userId: user.userId, requestId, source, ip };
    const moved = this.last.then(() => this.move(instant, mover));
    this.last = moved.catch(() => undefined);
    return moved;
  }

  private async move(instant: string, mover: Mover): Promise<string> {
    if (instant > this.clock.now()) await this.settle();
    for (let stops = 0; stops < STOPS_LIMIT; stops += 1) {
      const next = await this.nextDue(instant);
      if (next === null) break;
      await this.clock.moveTo(next, mover);
      await this.settle();
    }
    await this.clock.moveTo(instant, mover);
    await this.settle();
    return this.clock.now();
  }

  /** Does what is due now, and what handling that has made due. */
  private async settle(): Promise<void> {
    for (let rounds = 0; rounds < ROUNDS_LIMIT; rounds += 1) {
      for (const runner of this.runners())
        await runner.runDue(this.clock.now(), { onFailure: this.onFailure });
      if ((await this.feedRunner.drain()) === 0) return;
    }
  }

  private async nextDue(until: string): Promise<string | null> {
    const after = this.clock.now();
    const found = await Promise.all(this.runners().map((runner) => runner.nextDue({ after, until })));
    return found.filter((next) => next !== null).toSorted()[0] ?? null;
  }

  private runners(): DueRunner[] {
    return this.dueRunners.map((runner) => this.moduleRef.get(runner, { strict: false }));
  }
}
