import { STORE, type Store, type UsageTidied } from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type UsageRetentionDays } from '../config.js';
import { type DueRunner } from '../due/due-work.js';

export const USAGE_RETENTION = Symbol('USAGE_RETENTION');

const DAY_MS = 86_400_000;
const EARLIEST_MS = 0;

/** Lets go of events, ids and hours that are older than is to be kept, and makes room for the next month. */
@Injectable()
export class UsageRetentionRunner implements DueRunner {
  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(USAGE_RETENTION) private readonly days: UsageRetentionDays,
  ) {}

  runDue(until: string): Promise<UsageTidied> {
    const { events, ids, hours } = this.days;
    return this.store.usageLog.tidy({
      now: until,
      eventsBefore: daysBefore(until, events),
      idsBefore: daysBefore(until, ids),
      hoursBefore: hours === null ? null : daysBefore(until, hours),
    });
  }
}

function daysBefore(instant: string, days: number): string {
  return new Date(Math.max(EARLIEST_MS, Date.parse(instant) - days * DAY_MS)).toISOString();
}
