import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type Change,
  type Command,
  type DeadLetter,
  type FeedBacklog,
  type FeedFailure,
  type FeedPort,
  type FeedWork,
  type Item,
  type ItemKey,
  type Page,
  type PageRequest,
  type Scope,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { decodeCursor, encodeCursor } from './cursor.js';
import { type Database, type Row, type Transaction } from './database.js';
import { page } from './queries.js';

/** Versions looked at when increments are coalesced into one change. */
const COALESCE_LIMIT = 500;

interface ClaimedRow extends Row {
  pk: string;
  sk: string;
  delivered_version: number;
  attempted_version: number | null;
  attempts: number;
  completed: string[];
}

interface NextRow extends Row {
  pk: string;
  sk: string;
  version: number;
  kind: Command['kind'];
}

interface SnapshotRow extends Row {
  pk: string;
  sk: string;
  version: number;
  item: Item;
}

interface DeadLetterRow extends Row {
  id: string;
  handler: string;
  change: Change;
  error: string;
  attempts: number;
  set_aside_at: string;
}

/** Materialized, so that the limit holds whatever plan the update gets. */
const CLAIM = `
  with picked as materialized (
    select pk, sk from landlord.feed_item
    where (lease_until is null or lease_until < clock_timestamp())
      and case when $4::text is null then available_at <= clock_timestamp() else pk = $4 and sk = $5 end
    order by available_at limit $3 for update skip locked)
  update landlord.feed_item as f set lease = $1, lease_until = clock_timestamp() + make_interval(secs => $2)
  from picked where f.pk = picked.pk and f.sk = picked.sk
  returning f.pk, f.sk, f.delivered_version, f.attempted_version, f.attempts, f.completed`;

/** An item that is gone is left to the claim, which knows what came last. */
const PASS_OVER = `
  with picked as materialized (
    select pk, sk from landlord.feed_item
    where (lease_until is null or lease_until < clock_timestamp()) and available_at <= clock_timestamp()
    order by available_at limit $2 for update skip locked
  ), passed as (
    delete from landlord.feed_item as f using picked, landlord.item as i
    where f.pk = picked.pk and f.sk = picked.sk and i.pk = picked.pk and i.sk = picked.sk and i.type <> all($1::text[])
    returning 1
  )
  select count(*) as passed from passed`;

/** The feed on PostgreSQL: `feed_item` says what is undelivered, the command log says what happened. */
export class PostgresFeed implements FeedPort {
  private readonly announcements = new EventEmitter();

  constructor(private readonly database: Database) {
    this.announcements.setMaxListeners(0);
  }

  /** Wakes the waiters of this process; other processes find the work when they poll. */
  announce(): void {
    this.announcements.emit('change');
  }

  async claim({
    limit,
    leaseMs,
    key,
  }: {
    limit: number;
    leaseMs: number;
    key?: ItemKey;
  }): Promise<readonly FeedWork[]> {
    const lease = randomUUID();
    return this.database.transaction(SYSTEM_SCOPE, async (transaction) => {
      const claimed = await transaction.query<ClaimedRow>(CLAIM, [
        lease,
        leaseMs / 1000,
        limit,
        key?.pk ?? null,
        key?.sk ?? null,
      ]);
      if (claimed.length === 0) return [];
      const changes = await loadChanges(transaction, claimed);
      return claimed.flatMap((row): FeedWork[] => {
        const change = changes.get(nameOf(row));
        return change ? [{ change, attempts: row.attempts, completedHandlers: row.completed, lease }] : [];
      });
    });
  }

  async passOver({ types, limit }: { types: readonly string[]; limit: number }): Promise<number> {
    return this.database.transaction(SYSTEM_SCOPE, async (transaction) => {
      const [row] = await transaction.query<{ passed: number }>(PASS_OVER, [types, limit]);
      return row?.passed ?? 0;
    });
  }

  complete(work: FeedWork): Promise<boolean> {
    return this.database.transaction(SYSTEM_SCOPE, (transaction) => markDelivered(transaction, work));
  }

  async retry({ change, lease }: FeedWork, failure: FeedFailure): Promise<boolean> {
    return this.database.transaction(SYSTEM_SCOPE, async (transaction) => {
      const rows = await transaction.query(
        `update landlord.feed_item set attempts = $4, attempted_version = $5, completed = $6, lease = null,
           lease_until = null, available_at = clock_timestamp() + make_interval(secs => $7)
         where pk = $1 and sk = $2 and lease = $3 returning pk`,
        [
          change.pk,
          change.sk,
          lease,
          failure.attempts,
          change.version,
          failure.completedHandlers,
          failure.delayMs / 1000,
        ],
      );
      return rows.length === 1;
    });
  }

  setAside(work: FeedWork, failures: readonly { handler: string; error: string }[]): Promise<boolean> {
    return this.database.transaction(SYSTEM_SCOPE, async (transaction, rollback) => {
      if (!(await markDelivered(transaction, work))) return rollback(false);
      for (const { handler, error } of failures) {
        await transaction.query(
          `insert into landlord.dead_letter (tenant_code, handler, change, error, attempts)
           values ($1, $2, $3::jsonb, $4, $5)`,
          [
            work.change.tenantCode,
            handler,
            JSON.stringify(work.change),
            error.replaceAll('\u0000', ' ').toWellFormed(),
            work.attempts + 1,
          ],
        );
      }
      return true;
    });
  }

  async deliveredVersion({ pk, sk }: ItemKey): Promise<number | null> {
    const [row] = await this.database.read<{ delivered_version: number }>(
      SYSTEM_SCOPE,
      'select delivered_version from landlord.feed_item where pk = $1 and sk = $2',
      [pk, sk],
    );
    return row?.delivered_version ?? null;
  }

  async backlog(): Promise<FeedBacklog> {
    const [row] = await this.database.read<{ pending: number; age_ms: number | null; dead: number }>(
      SYSTEM_SCOPE,
      `select count(*) as pending,
         (extract(epoch from clock_timestamp() - min(enqueued_at)) * 1000)::bigint as age_ms,
         (select count(*) from landlord.dead_letter) as dead
       from landlord.feed_item`,
    );
    return { pendingItems: row?.pending ?? 0, oldestAgeMs: row?.age_ms ?? 0, deadLetters: row?.dead ?? 0 };
  }

  async deadLetters(scope: Scope, { limit, cursor }: PageRequest): Promise<Page<DeadLetter>> {
    const place = decodeCursor(['dead-letters'], cursor, 1);
    const rows = await this.database.read<DeadLetterRow>(
      scope,
      `select id, handler, change, error, attempts, set_aside_at from landlord.dead_letter
       where $1::text is null or id > $1::uuid order by id limit $2`,
      [place?.[0] ?? null, limit + 1],
    );
    return page(rows, limit, letterFromRow, (row) => encodeCursor(['dead-letters'], [row.id]));
  }

  async removeDeadLetter(id: string): Promise<boolean> {
    return this.database.transaction(SYSTEM_SCOPE, async (transaction) => {
      const rows = await transaction.query('delete from landlord.dead_letter where id = $1 returning id', [
        id,
      ]);
      return rows.length === 1;
    });
  }

  wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.announcements.off('change', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      this.announcements.on('change', done);
    });
  }
}

/** Moves past the change; the entry goes when nothing newer has come. False when the lease is somebody else's. */
async function markDelivered(transaction: Transaction, { change, lease }: FeedWork): Promise<boolean> {
  const parameters = [change.pk, change.sk, lease, change.version];
  const gone = await transaction.query(
    'delete from landlord.feed_item where pk = $1 and sk = $2 and lease = $3 and latest_version = $4 returning pk',
    parameters,
  );
  if (gone.length === 1) return true;
  const moved = await transaction.query(
    `update landlord.feed_item set delivered_version = $4, attempts = 0, attempted_version = null, completed = '{}', lease = null,
       lease_until = null, available_at = clock_timestamp()
     where pk = $1 and sk = $2 and lease = $3 returning pk`,
    parameters,
  );
  return moved.length === 1;
}

async function loadChanges(
  transaction: Transaction,
  claimed: readonly ClaimedRow[],
): Promise<Map<string, Change>> {
  const next = await transaction.query<NextRow>(
    `select c.pk, c.sk, c.version, c.kind
     from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as f(pk, sk, delivered, attempted)
     cross join lateral (
       select pk, sk, version, kind from landlord.command
       where pk = f.pk and sk = f.sk and version > f.delivered and version <= coalesce(f.attempted, version)
       order by version limit $5
     ) as c order by c.pk, c.sk, c.version`,
    [
      claimed.map((row) => row.pk),
      claimed.map((row) => row.sk),
      claimed.map((row) => row.delivered_version),
      claimed.map((row) => row.attempted_version),
      COALESCE_LIMIT,
    ],
  );
  const spans = claimed.map((row) => ({
    row,
    until: coalescedVersion(next.filter(({ pk, sk }) => pk === row.pk && sk === row.sk)),
  }));
  const snapshots = await loadSnapshots(
    transaction,
    spans.flatMap(({ row, until }) => [
      { pk: row.pk, sk: row.sk, version: row.delivered_version },
      { pk: row.pk, sk: row.sk, version: until },
    ]),
  );
  const changes = new Map<string, Change>();
  for (const { row, until } of spans) {
    const item = snapshots.get(`${nameOf(row)} ${until}`);
    if (!item) continue;
    const old = snapshots.get(`${nameOf(row)} ${row.delivered_version}`) ?? null;
    const { pk, sk, type, tenantCode, version } = item;
    changes.set(nameOf(row), {
      pk,
      sk,
      type,
      tenantCode,
      version,
      span: version - row.delivered_version,
      old,
      new: item,
    });
  }
  return changes;
}

/** A run of increments is one change; anything else is a change of its own. A failed change stays what it was. */
function coalescedVersion(next: readonly NextRow[]): number {
  const [first] = next;
  if (!first) return -1;
  if (first.kind !== 'increment') return first.version;
  const firstOther = next.findIndex(({ kind }) => kind !== 'increment');
  return (firstOther === -1 ? next.at(-1) : next[firstOther - 1])?.version ?? first.version;
}

async function loadSnapshots(
  transaction: Transaction,
  wanted: readonly (ItemKey & { version: number })[],
): Promise<Map<string, Item>> {
  const rows = await transaction.query<SnapshotRow>(
    `select c.pk, c.sk, c.version, c.item
     from landlord.command c join unnest($1::text[], $2::text[], $3::bigint[]) as w(pk, sk, version) using (pk, sk, version)`,
    [wanted.map(({ pk }) => pk), wanted.map(({ sk }) => sk), wanted.map(({ version }) => version)],
  );
  return new Map(rows.map((row) => [`${nameOf(row)} ${row.version}`, row.item]));
}

function nameOf({ pk, sk }: ItemKey): string {
  return `${pk}\u0001${sk}`;
}

function letterFromRow(row: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    handler: row.handler,
    change: row.change,
    error: row.error,
    attempts: row.attempts,
    setAsideAt: row.set_aside_at,
  };
}
