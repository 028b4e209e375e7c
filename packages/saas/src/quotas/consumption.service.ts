import { setTimeout } from 'node:timers/promises';
import { CLOCK, type Clock, type InvokeContext, invalidInput, LandlordError } from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { UsageService } from '../usage/usage.service.js';
import { UsageReaderService } from '../usage/usage-reader.service.js';
import {
  attemptEvents,
  type Consumption,
  type ConsumptionRequest,
  consumptionFlaw,
  returnedEvent,
} from './consumption.js';

/** Failed attempts at one piece of work that are looked through for the one that counts. */
const ATTEMPTS_LIMIT = 100;
const RETURN_TRIES = 6;
const RETURN_PAUSE_MS = 50;

/** Takes from a quota before a piece of work, and gives back what was taken for work that failed. */
@Injectable()
export class ConsumptionService {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly usageService: UsageService,
    private readonly reader: UsageReaderService,
  ) {}

  /** Durable when it resolves. Throws `quota_exceeded`, and `forbidden` as `UsageService.consume`. */
  async take(request: ConsumptionRequest, context: InvokeContext): Promise<Consumption> {
    const flaw = consumptionFlaw(request);
    if (flaw) throw invalidInput(flaw.path, flaw.message);
    for (let attempt = 1; attempt <= ATTEMPTS_LIMIT; attempt += 1) {
      const at = this.clock.now();
      const events = attemptEvents(request, attempt);
      const consumed = await this.usageService.consumeOwn(context, events, at).catch((error: unknown) => {
        if (attempt === 1 || !isRefused(error)) throw error;
        return null;
      });
      // The attempt before is counted in a month where it cannot be given back from here: it stands for this one.
      if (!consumed) return this.takenBefore(request, attempt - 1, context);
      const { accepted, quota } = consumed;
      if (accepted > 0) return { ...request, attempt, at, isOwn: accepted === 1, quota };
    }
    throw new LandlordError('rate_limited', `${request.metric}: too many attempts under one id have failed`);
  }

  /**
   * Repeatable. A fault of the store is tried again for some seconds; then it is thrown, and the consumption stays
   * counted, as it does when the process dies before.
   */
  async giveBack(consumption: Consumption, context: InvokeContext): Promise<void> {
    if (!consumption.isOwn) return;
    const event = returnedEvent(consumption, consumption.attempt);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.usageService.recordOwn({ ...context, idempotency: null }, [event], consumption.at);
        return;
      } catch (error) {
        if (attempt >= RETURN_TRIES || isFinal(error)) throw error;
        await setTimeout(RETURN_PAUSE_MS * 2 ** attempt * (0.5 + Math.random() / 2));
      }
    }
  }

  private async takenBefore(
    request: ConsumptionRequest,
    attempt: number,
    context: InvokeContext,
  ): Promise<Consumption> {
    const quota = await this.reader.check(request.metric, context);
    return { ...request, attempt, at: this.clock.now(), isOwn: false, quota };
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'validation_failed';
}

function isFinal(error: unknown): boolean {
  return error instanceof LandlordError && error.code !== 'unavailable' && error.code !== 'rate_limited';
}
