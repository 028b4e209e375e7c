import { STORE, type Store, type UsageTidied } from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type UsageRetentionDays } from '../config.js';
import { type DueRunner } from '../due/due-work.js';

export const USAGE_RETENTION = Symbol('USAGE_RETENTION');

const DAY_MS = 86_400_000;
const EARLIEST_MS = 0;
/** Of `2024-01-31T09`. */
const HOUR_LENGTH = 13;

/**
 * Lets go of events, ids and hours that are older than is to be kept, and makes room for the next month: once in each hour
 * of the clock. Nobody sees the moment at which it happens, so the clock does not stop for it.
 */
@Injectable()
export class UsageRetentionRunner implements DueRunner {
  private doneIn = '';

  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(USAGE_RETENTION) private readonly days: UsageRetentionDays,
  ) {}

  async runDue(until: string): Promise<UsageTidied | null> {
    const hour = until.slice(0, HOUR_LENGTH);
    if (hour === this.doneIn) return null;
    const { events, ids, hours } = this.days;
    const tidied = await this.store.usageLog.tidy({
      now: until,
      eventsBefore: daysBefore(until, events),
      idsBefore: daysBefore(until, ids),
      hoursBefore: hours === null ? null : daysBefore(until, hours),
    });
    this.doneIn = hour;
    return tidied;
  }

  async nextDue(): Promise<null> {
    return null;
  }
}

function daysBefore(instant: string, days: number): string {
  return new Date(Math.max(EARLIEST_MS, Date.parse(instant) - days * DAY_MS)).toISOString();
}
