import { SYSTEM_SCOPE } from '@landlord/kernel';
import { DatabaseError } from 'pg';
import { type Database } from './database.js';
import { StaleUsageSpace } from './fault.js';

/** Bytes of rows (about a million ids) from which on a new generation is opened. */
const GENERATION_BYTES = 96 * 1024 * 1024;
/** How many ids may be taken before it is looked whether the newest generation is large. */
const LOOK_AFTER_IDS = 100_000;
/** There is no generation yet. */
const NONE = -1;
const CHECK_VIOLATION = '23514';

/** The tables that usage is written to, as they were read. */
export interface UsageSpaceView {
  /** Changes with every generation that comes or goes. */
  readonly stamp: string;
  /** The generation that is written to. */
  readonly open: number;
  /** Those that are complete. */
  readonly closed: readonly number[];
}

/** `stamp` as it is in the transaction that asks. */
export const STAMP = `select count(*) || '-' || max(inhrelid::bigint) as stamp from pg_inherits
  where inhparent = 'landlord.usage_event_id'::regclass`;

const READ = `select (${STAMP}) as stamp,
  array(select name from landlord.usage_parts('usage_event')) as months,
  array(select substr(name, 16)::bigint from landlord.usage_parts('usage_event_id') order by 1) as generations`;

/** Knows which tables there are for usage, and makes those that are missing. */
export class UsageSpace {
  private view: UsageSpaceView | null = null;
  private months: ReadonlySet<string> = new Set();
  private taken = 0;

  constructor(
    private readonly database: Database,
    private readonly generationBytes: number = GENERATION_BYTES,
  ) {}

  /** There is room for what is recorded at these instants, and a generation, which begins now if it is the first. */
  async ready(instants: readonly string[], now: string): Promise<UsageSpaceView> {
    let view = this.view ?? (await this.refresh());
    const missing = new Set(instants.map(monthName).filter((name) => !this.months.has(name)));
    if (missing.size > 0 || view.open === NONE) {
      const some = instants.filter((instant) => missing.has(monthName(instant)));
      view = await this.make(some, now);
    }
    if (this.taken < LOOK_AFTER_IDS) return view;
    this.taken = 0;
    return (await this.advance(now)) ? this.refresh() : view;
  }

  /** Ids were written. */
  took(count: number): void {
    this.taken += count;
  }

  /** Opens a generation when it is time. False when it is not, or somebody is at work on the newest for long. */
  async advance(now: string): Promise<boolean> {
    try {
      return await this.open(now);
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  }

  /** What `run` finds to be stale is read anew by whoever comes next. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof StaleUsageSpace) && !isOutOfPlace(error)) throw error;
      this.view = null;
      throw error instanceof StaleUsageSpace ? error : new StaleUsageSpace('usage moved', { cause: error });
    }
  }

  async refresh(): Promise<UsageSpaceView> {
    const [row] = await this.database.read<{ stamp: string; months: string[]; generations: string[] }>(
      SYSTEM_SCOPE,
      READ,
    );
    const generations = (row?.generations ?? []).map(Number);
    this.months = new Set(row?.months);
    this.view = {
      stamp: row?.stamp ?? '',
      open: generations.at(-1) ?? NONE,
      closed: generations.slice(0, -1),
    };
    return this.view;
  }

  private async make(instants: readonly string[], now: string): Promise<UsageSpaceView> {
    const firsts = [...new Set(instants.map((instant) => `${instant.slice(0, 7)}-01T00:00:00.000Z`))];
    for (const first of firsts)
      await this.database.transaction(SYSTEM_SCOPE, (transaction) =>
        transaction.query('select landlord.add_usage_month($1)', [first]),
      );
    if (this.view?.open === NONE && !(await this.advance(now)))
      throw new StaleUsageSpace('somebody else is opening a generation');
    return this.refresh();
  }

  private async open(now: string): Promise<boolean> {
    const [row] = await this.database.transaction(SYSTEM_SCOPE, (transaction) =>
      transaction.query<{ opened: boolean }>('select landlord.open_usage_ids($1, $2) as opened', [
        now,
        this.generationBytes,
      ]),
    );
    return row?.opened ?? false;
  }
}

function monthName(instant: string): string {
  return `usage_event_${instant.slice(0, 7).replace('-', '_')}`;
}

/** The row belongs to a part that is closed, or was dropped. */
function isOutOfPlace(error: unknown): boolean {
  return (
    error instanceof DatabaseError &&
    error.code === CHECK_VIOLATION &&
    (error.constraint === 'usage_event_id_is_closed' || /^no partition of relation/.test(error.message))
  );
}

export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unavailable';
}
