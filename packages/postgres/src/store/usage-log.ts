import {
  type EventLookup,
  type HoursQuery,
  SYSTEM_SCOPE,
  tenantScope,
  type UsageHour,
  type UsageLogPort,
  type UsageRetention,
  type UsageTidied,
} from '@landlord/kernel';
import { type Database } from './database.js';
import { IdFilters } from './id-filters.js';
import { type MeterPlace } from './meter.js';
import { EVENT_COLUMNS, type EventRow, eventFromRow } from './meter-events.js';
import { readHours } from './meter-hours.js';
import { idHash } from './meter-ids.js';
import { isBusy, UsageSpace } from './usage-space.js';

/** What goes at a time. */
const PARTS_LIMIT = 1_000;
const HOURS_BATCH = 5_000;
const HOURS_BATCHES_LIMIT = 1_000;

export interface UsageLogOptions {
  readonly generationBytes?: number;
  readonly onError?: (error: Error) => void;
}

export class PostgresUsageLog implements UsageLogPort {
  readonly space: UsageSpace;
  private readonly filters: IdFilters;

  constructor(
    private readonly database: Database,
    { generationBytes, onError }: UsageLogOptions = {},
  ) {
    this.space = new UsageSpace(database, generationBytes);
    this.filters = new IdFilters(database, onError);
  }

  async event(tenantCode: string, id: string): Promise<EventLookup | null> {
    const scope = tenantScope(tenantCode);
    const [known] = await this.database.read<{ recorded_at: string }>(scope, FIND_ID, [
      idHash(tenantCode, id),
    ]);
    if (!known) return null;
    const { recorded_at: recordedAt } = known;
    const [row] = await this.database.read<EventRow>(scope, FIND_EVENT, [tenantCode, recordedAt, id]);
    return row ? { status: 'recorded', event: eventFromRow(row) } : { status: 'forgotten', recordedAt };
  }

  hours(query: HoursQuery): Promise<readonly UsageHour[]> {
    return readHours(this.database, query);
  }

  async tidy({ now, eventsBefore, idsBefore, hoursBefore }: UsageRetention): Promise<UsageTidied> {
    await this.space.ready([now, monthAfter(now)], now);
    await this.space.advance(now);
    const dropped = [
      ...(await this.drop('usage_event', eventsBefore)),
      ...(await this.drop('usage_event_id', idsBefore)),
    ];
    const hours = hoursBefore === null ? 0 : await this.forgetHours(hoursBefore);
    const { closed } = await this.space.refresh();
    this.filters.follow(closed);
    return { dropped, hours };
  }

  /** Runs what writes usage, with room made for it. */
  async within<T>(
    instants: readonly [string, ...string[]],
    run: (place: MeterPlace) => Promise<T>,
  ): Promise<T> {
    const view = await this.space.ready(instants, instants[0]);
    this.filters.follow(view.closed);
    const took = (count: number) => this.space.took(count);
    return this.space.during(() => run({ view, filters: this.filters, took }));
  }

  /** Resolves when what closed generations hold is known in memory. */
  settled(): Promise<void> {
    return this.filters.settled();
  }

  close(): Promise<void> {
    return this.filters.close();
  }

  /** Where readers are in the way, they are not waited for: it is tried again the next time. */
  private async drop(whole: string, before: string): Promise<string[]> {
    const dropped: string[] = [];
    while (dropped.length < PARTS_LIMIT) {
      const name = await this.dropOne(whole, before);
      if (name === null) break;
      dropped.push(name);
    }
    return dropped;
  }

  private async dropOne(whole: string, before: string): Promise<string | null> {
    try {
      const [row] = await this.database.transaction(SYSTEM_SCOPE, (transaction) =>
        transaction.query<{ name: string | null }>('select landlord.drop_usage_part($1, $2) as name', [
          whole,
          before,
        ]),
      );
      return row?.name ?? null;
    } catch (error) {
      if (isBusy(error)) return null;
      throw error;
    }
  }

  private async forgetHours(before: string): Promise<number> {
    let forgotten = 0;
    for (let batch = 0; batch < HOURS_BATCHES_LIMIT; batch += 1) {
      const gone = await this.database.transaction(SYSTEM_SCOPE, (transaction) =>
        transaction.query<{ hour: string }>(FORGET_HOURS, [before, HOURS_BATCH]),
      );
      forgotten += gone.length;
      if (gone.length < HOURS_BATCH) break;
    }
    return forgotten;
  }
}

const FIND_ID = 'select recorded_at from landlord.usage_event_id where id_hash = $1 limit 1';

const FIND_EVENT = `select ${EVENT_COLUMNS} from landlord.usage_event
  where tenant_code = $1 and recorded_at = $2 and id = $3 limit 1`;

const FORGET_HOURS = `delete from landlord.usage_hour where ctid = any(array(
    select ctid from landlord.usage_hour where hour < $1 limit $2)) and hour < $1 returning hour`;

function monthAfter(instant: string): string {
  const date = new Date(instant);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)).toISOString();
}
