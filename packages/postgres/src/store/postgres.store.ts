import { setTimeout } from 'node:timers/promises';
import {
  type AuditQuery,
  type ChainEntry,
  type ChainHead,
  type CommandRecord,
  type CommitResult,
  type DueQuery,
  type EraseOutcome,
  type EraseRequest,
  type IdempotencyRecord,
  type ImportOutcome,
  type Item,
  type ItemKey,
  type ItemQuery,
  type KnownState,
  keyFlaw,
  LandlordError,
  type MeterOutcome,
  type MeterRequest,
  type MeterRules,
  type Page,
  type PageRequest,
  type Scope,
  type Store,
  SYSTEM_SCOPE,
  type TenantRow,
  type UnitGroup,
  type UnitOfWork,
  type UnitResult,
} from '@landlord/kernel';
import { chainEntries, chainHead, chainHeads, countUnchained, knownStates } from './audit.js';
import { commitGroup, commitUnit } from './commit.js';
import { Database, type DatabaseOptions } from './database.js';
import { eraseTenant } from './erase.js';
import { exportTenant } from './export.js';
import { isRetryable, isSealed } from './fault.js';
import { PostgresFeed } from './feed.js';
import { FIND, type IdempotencyRow, ownerTenant, recordFromRow } from './idempotency.js';
import { importTenant } from './import.js';
import { lockNameOf } from './lock.js';
import { type MeterPlace, meterRequests, UnstorableGroup } from './meter.js';
import { forgetSightings } from './meter-unique.js';
import {
  auditCommands,
  dueItems,
  itemsByCode,
  itemsByType,
  queryItems,
  versionAsOf,
  versionsOf,
} from './queries.js';
import { type RebuildProgress, rebuildItems } from './rebuild.js';
import { ITEM_COLUMNS, type ItemRow, itemFromRow } from './rows.js';
import { PostgresUsageLog } from './usage-log.js';

const KEYS_LIMIT = 100;
const TRIES_LIMIT = 6;
const RETRY_PAUSE_MS = 10;

export interface PostgresStoreOptions extends DatabaseOptions {
  /** Rows of ids of usage events from which on a new table for them is opened. Default 96 MB, about a million ids. */
  readonly usageGenerationBytes?: number;
}

/** The store on PostgreSQL 15 or newer, embedded or not. The schema must have been migrated. */
export class PostgresStore implements Store {
  readonly feed: PostgresFeed;
  readonly usageLog: PostgresUsageLog;
  private readonly database: Database;

  constructor({ usageGenerationBytes, ...options }: PostgresStoreOptions) {
    this.database = new Database(options);
    this.feed = new PostgresFeed(this.database);
    this.usageLog = new PostgresUsageLog(this.database, {
      ...(usageGenerationBytes === undefined ? {} : { generationBytes: usageGenerationBytes }),
      ...(options.onError ? { onError: options.onError } : {}),
    });
  }

  async get(scope: Scope, key: ItemKey): Promise<Item | null> {
    const [item = null] = await this.getMany(scope, [key]);
    return item;
  }

  async getMany(scope: Scope, keys: readonly ItemKey[]): Promise<readonly (Item | null)[]> {
    if (keys.length > KEYS_LIMIT) throw new Error(`at most ${KEYS_LIMIT} items can be read at once`);
    const possible = keys.filter((key) => keyFlaw(key) === null);
    const rows = await this.database.read<ItemRow>(
      scope,
      `select ${ITEM_COLUMNS} from landlord.item where (pk, sk) in (select * from unnest($1::text[], $2::text[]))`,
      [possible.map(({ pk }) => pk), possible.map(({ sk }) => sk)],
    );
    const items = new Map(rows.map((row) => [lockNameOf(row), itemFromRow(row)]));
    return keys.map((key) => items.get(lockNameOf(key)) ?? null);
  }

  query(scope: Scope, query: ItemQuery): Promise<Page<Item>> {
    return queryItems(this.database, scope, query);
  }

  itemsByCode(
    scope: Scope,
    query: PageRequest & { tenantCode: string; type: string; code: string },
  ): Promise<Page<Item>> {
    return itemsByCode(this.database, scope, query);
  }

  itemsByType(scope: Scope, query: PageRequest & { tenantCode?: string; type: string }): Promise<Page<Item>> {
    return itemsByType(this.database, scope, query);
  }

  dueItems(scope: Scope, query: DueQuery): Promise<Page<Item>> {
    return dueItems(this.database, scope, query);
  }

  async commit(unit: UnitOfWork): Promise<CommitResult> {
    const result = await retried(() => commitUnit(this.database, unit));
    if (result.status === 'committed') this.feed.announce();
    return result;
  }

  async commitEach(group: UnitGroup): Promise<readonly UnitResult[]> {
    const results = await retried(() => commitGroup(this.database, group));
    this.feed.announce();
    return results;
  }

  async meter(requests: readonly MeterRequest[], rules: MeterRules): Promise<readonly MeterOutcome[]> {
    const outcomes = await retried(() => this.meterTogether(requests, rules));
    this.feed.announce();
    return outcomes;
  }

  /** One that cannot be stored must not take the others along. */
  private async meterTogether(
    requests: readonly MeterRequest[],
    rules: MeterRules,
  ): Promise<readonly MeterOutcome[]> {
    try {
      return await this.meterOnce(requests, rules);
    } catch (error) {
      if (!(error instanceof UnstorableGroup)) throw error;
      const outcomes: MeterOutcome[] = [];
      for (const request of requests)
        outcomes.push(...(await retried(() => this.meterOnce([request], rules))));
      return outcomes;
    }
  }

  private meterOnce(requests: readonly MeterRequest[], rules: MeterRules): Promise<readonly MeterOutcome[]> {
    const [first, ...others] = requests.map(({ origin }) => origin.at);
    if (first === undefined) return Promise.resolve([]);
    const run = (place: MeterPlace) => meterRequests(this.database, requests, rules, place);
    return this.usageLog.within([first, ...others], run);
  }

  async findIdempotent(scope: Scope, owner: string, key: string): Promise<IdempotencyRecord | null> {
    const [row] = await this.database.read<IdempotencyRow>(scope, FIND, [ownerTenant(scope), owner, key]);
    return row ? recordFromRow(row) : null;
  }

  versions(
    scope: Scope,
    key: ItemKey,
    page: PageRequest & { order?: 'asc' | 'desc' },
  ): Promise<Page<CommandRecord>> {
    return versionsOf(this.database, scope, key, page);
  }

  versionAsOf(scope: Scope, key: ItemKey, instant: string): Promise<CommandRecord | null> {
    return versionAsOf(this.database, scope, key, instant);
  }

  audit(scope: Scope, query: AuditQuery): Promise<Page<CommandRecord>> {
    return auditCommands(this.database, scope, query);
  }

  auditChain(
    scope: Scope,
    query: { tenantCode: string; afterSequence: number; limit: number },
  ): Promise<readonly ChainEntry[]> {
    return chainEntries(this.database, scope, query);
  }

  auditHead(scope: Scope, tenantCode: string): Promise<ChainHead | null> {
    return chainHead(this.database, scope, tenantCode);
  }

  auditHeads(scope: Scope, page: PageRequest): Promise<Page<ChainHead>> {
    return chainHeads(this.database, scope, page);
  }

  countUnchained(scope: Scope, tenantCode: string): Promise<number> {
    return countUnchained(this.database, scope, tenantCode);
  }

  knownStates(scope: Scope, query: PageRequest & { tenantCode: string }): Promise<Page<KnownState>> {
    return knownStates(this.database, scope, query);
  }

  exportTenant(tenantCode: string): AsyncIterable<TenantRow> {
    return exportTenant(this.database, tenantCode);
  }

  importTenant(tenantCode: string, rows: AsyncIterable<TenantRow>): Promise<ImportOutcome> {
    return importTenant(this.database, { tenantCode, rows, usageLog: this.usageLog });
  }

  async eraseTenant(request: EraseRequest): Promise<EraseOutcome> {
    const outcome = await retried(() => eraseTenant(this.database, request));
    this.feed.announce();
    return outcome;
  }

  rebuild(onProgress: (progress: RebuildProgress) => void = () => undefined): Promise<RebuildProgress> {
    return retried(() => rebuildItems(this.database, onProgress));
  }

  async ping(): Promise<void> {
    await this.database.read(SYSTEM_SCOPE, 'select 1 as ok from landlord.item limit 1');
  }

  async forgetIdempotency(before: string, limit: number): Promise<number> {
    const rows = await this.database.transaction(SYSTEM_SCOPE, (transaction) =>
      transaction.query(
        `delete from landlord.idempotency where (tenant_code, owner, key) in (
           select tenant_code, owner, key from landlord.idempotency where created_at < $1 order by created_at limit $2)
         returning key`,
        [before, limit],
      ),
    );
    return rows.length;
  }

  forgetSightings(beforePeriodSk: string, limit: number): Promise<number> {
    return forgetSightings(this.database, beforePeriodSk, limit);
  }

  async close(): Promise<void> {
    await this.usageLog.close();
    await this.database.close();
  }
}

/** Deadlocks and races for a new row are settled by running the transaction again, a few times, not all at once. */
async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (isSealed(error)) throw sealed(error);
      if (!isRetryable(error)) throw error;
      if (attempt >= TRIES_LIMIT) throw crowded(error);
      await setTimeout(Math.random() * RETRY_PAUSE_MS * attempt);
    }
  }
}

function crowded(cause: unknown): LandlordError {
  return new LandlordError('unavailable', 'too many writers met on the same items; try again', {
    retryAfterSeconds: 1,
    cause,
  });
}

function sealed(cause: unknown): LandlordError {
  return new LandlordError('invalid_transition', 'the tenant was erased; nothing of it can change any more', {
    cause,
  });
}
