import { FeedRunner, type InvokeContext, type Origin } from '@landlord/kernel';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type DueRange, type DueRunner } from '../due/due-work.js';
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
    if (instant > this.clock.now()) await this.passThrough(instant, mover);
    await this.clock.moveTo(instant, mover);
    await this.doDue();
    await this.passThrough(instant, mover);
    return this.clock.now();
  }

  /** What handling a change makes due at the same instant is done there, too; what cannot be done there is left. */
  private async passThrough(until: string, mover: Mover): Promise<void> {
    let after: string | null = null;
    for (let rounds = 0, stops = 0; stops < STOPS_LIMIT; rounds += 1, stops += 1) {
      const next = await this.nextDue({ after, until });
      if (next === null) return;
      if (next > this.clock.now()) {
        await this.clock.moveTo(next, mover);
        rounds = 0;
      }
      await this.doDue();
      if (rounds >= ROUNDS_LIMIT) after = this.clock.now();
    }
  }

  private async doDue(): Promise<void> {
    const now = this.clock.now();
    for (const runner of this.runners()) await runner.runDue(now, { onFailure: this.onFailure });
    await this.feedRunner.drain();
  }

  private async nextDue(range: DueRange): Promise<string | null> {
    const found = await Promise.all(this.runners().map((runner) => runner.nextDue(range)));
    return found.filter((next) => next !== null).toSorted()[0] ?? null;
  }

  private runners(): DueRunner[] {
    return this.dueRunners.map((runner) => this.moduleRef.get(runner, { strict: false }));
  }
}
