import { type JsonValue } from '../pure/json.js';
import { type ItemKey } from '../pure/keys.js';
import { type Change } from './change.js';
import { type AuditLink, type Command, type CommandRecord, type Refusal } from './command.js';
import { type Item, type Origin } from './item.js';
import { type MeterOutcome, type MeterRequest, type MeterRules } from './meter.js';
import { type EraseOutcome, type EraseRequest, type ImportOutcome, type TenantRow } from './portability.js';
import { type UsageLogPort } from './usage-log.js';

/** Whose items a call may touch. Every call names it; there is no default. */
export type Scope = { readonly kind: 'tenant'; readonly tenantCode: string } | { readonly kind: 'system' };

export const SYSTEM_SCOPE: Scope = { kind: 'system' };

export function tenantScope(tenantCode: string): Scope {
  return { kind: 'tenant', tenantCode };
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to go on; null at the end. Opaque, and good only for the same query. */
  readonly nextCursor: string | null;
}

export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number;
  readonly cursor?: string;
}

export type SortKeyCondition =
  | { readonly beginsWith: string }
  | { readonly between: readonly [string, string] };

export interface ItemQuery extends PageRequest {
  readonly pk: string;
  readonly sk?: SortKeyCondition;
  readonly order?: 'asc' | 'desc';
  readonly includeDeleted?: boolean;
}

export interface DueQuery extends PageRequest {
  readonly type?: string;
  readonly until: string;
  /** One of `of` parts, `index` from 0, of about the same size: a partition is in exactly one, always the same. */
  readonly part?: { readonly index: number; readonly of: number };
}

/** An idempotency key is good for one input; `respond` makes the answer to keep, from the items as committed. */
export interface IdempotencyClaim {
  /** Whose key it is, so that nobody meets another's: tenant and subject. */
  readonly owner: string;
  readonly key: string;
  /** Hash of the input. The same key with another one is refused. */
  readonly fingerprint: string;
  /** Where the caller looks it up; default: the scope of the work, which may be wider than the caller's own. */
  readonly scope?: Scope;
}

export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly result: JsonValue;
  readonly createdAt: string;
}

export interface UnitOfWork {
  readonly scope: Scope;
  readonly origin: Origin;
  /** At most `UNIT_COMMANDS_LIMIT`, each of another item. */
  readonly commands: readonly Command[];
  /** Items that must still be at a version (0 = absent) though they are not written. */
  readonly checks?: readonly (ItemKey & { readonly version: number })[];
  readonly idempotency?: IdempotencyClaim & {
    readonly respond: (items: readonly (Item | null)[]) => JsonValue;
  };
}

/** Units of one cause that do not depend on each other. */
export interface UnitGroup extends Pick<UnitOfWork, 'scope' | 'origin'> {
  /** At most `GROUP_UNITS_LIMIT`, each within its own bound; no item is written by two of them. */
  readonly units: readonly Pick<UnitOfWork, 'commands' | 'checks'>[];
}

export type UnitResult =
  | { readonly status: 'committed'; readonly items: readonly (Item | null)[] }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/** A transaction holds its locks for as long as it takes to write all of them. */
export const GROUP_UNITS_LIMIT = 100;

/** DynamoDB's bound for one transaction, less what feed, log and idempotency need. */
export const UNIT_COMMANDS_LIMIT = 25;

export type CommitResult =
  /** `items` in the order of the commands; null where the command changed nothing. */
  | { readonly status: 'committed'; readonly items: readonly (Item | null)[]; readonly result?: JsonValue }
  /** The same idempotency key had been carried out before: nothing was written now. */
  | { readonly status: 'replayed'; readonly result: JsonValue }
  | { readonly status: 'idempotency_mismatch' }
  | { readonly status: 'refused'; readonly refusal: Refusal };

export interface AuditQuery extends PageRequest {
  readonly key?: ItemKey;
  readonly type?: string;
  readonly userId?: string;
  /** Only commands at or before this instant. */
  readonly until?: string;
}

/** One link of a tenant's chain with the command it stands for; null when an erasure deleted that. */
export interface ChainEntry extends AuditLink {
  readonly record: CommandRecord | null;
}

/** Where a tenant's chain ends. */
export interface ChainHead {
  readonly tenantCode: string;
  /** 0 while no command is chained. */
  readonly sequence: number;
  readonly hash: string;
  /** Commands from before the chain began. */
  readonly unchained: number;
  /** The tenant was erased: nothing can be written to it any more. */
  readonly isSealed: boolean;
}

/** An item's present state beside the last command on it, read at one moment; null where there is none. */
export interface KnownState extends ItemKey {
  readonly item: Item | null;
  readonly last: CommandRecord | null;
}

/** One item's undelivered changes, leased to one worker. */
export interface FeedWork {
  readonly change: Change;
  /** Failed tries of this change so far. */
  readonly attempts: number;
  /** Handlers that have already taken this change. */
  readonly completedHandlers: readonly string[];
  readonly lease: string;
}

export interface FeedFailure {
  readonly delayMs: number;
  /** Failed tries to count from now on. */
  readonly attempts: number;
  readonly completedHandlers: readonly string[];
}

export interface DeadLetter {
  readonly id: string;
  readonly handler: string;
  readonly change: Change;
  readonly error: string;
  readonly attempts: number;
  readonly setAsideAt: string;
}

export interface FeedBacklog {
  readonly pendingItems: number;
  readonly oldestAgeMs: number;
  readonly deadLetters: number;
}

/**
 * Undelivered changes as one entry per item, so that there is no sequence number to skip:
 * an entry appears in the transaction that changes the item.
 */
export interface FeedPort {
  /** Leases up to `limit` items with undelivered changes; with `key`, only that one. */
  claim(request: { limit: number; leaseMs: number; key?: ItemKey }): Promise<readonly FeedWork[]>;
  /**
   * Marks as delivered what waits of items that are of none of these types, longest waiting first, up to `limit` of
   * all that waits; returns how many.
   */
  passOver(request: { types: readonly string[]; limit: number }): Promise<number>;
  /** Marks the change as delivered. False when the lease was lost meanwhile. */
  complete(work: FeedWork): Promise<boolean>;
  /** The same change again, no sooner than after the delay: it does not grow by increments that came meanwhile. */
  retry(work: FeedWork, failure: FeedFailure): Promise<boolean>;
  /** Delivered but for these handlers, which get a dead letter each. */
  setAside(work: FeedWork, failures: readonly { handler: string; error: string }[]): Promise<boolean>;
  /** The version up to which the item's changes were delivered, or null when all were. */
  deliveredVersion(key: ItemKey): Promise<number | null>;
  backlog(): Promise<FeedBacklog>;
  deadLetters(scope: Scope, page: PageRequest): Promise<Page<DeadLetter>>;
  removeDeadLetter(id: string): Promise<boolean>;
  /** Resolves when new work may be there, after `timeoutMs` at the latest, or when aborted. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

/**
 * The one door to storage. Every store passes the same contract suite on its real engine.
 * Reads are consistent with every commit acknowledged before them.
 */
export interface Store {
  get(scope: Scope, key: ItemKey): Promise<Item | null>;
  /** In the order of the keys; null where there is none. At most 100 keys. */
  getMany(scope: Scope, keys: readonly ItemKey[]): Promise<readonly (Item | null)[]>;
  query(scope: Scope, query: ItemQuery): Promise<Page<Item>>;
  itemsByCode(
    scope: Scope,
    query: PageRequest & { tenantCode: string; type: string; code: string },
  ): Promise<Page<Item>>;
  itemsByType(scope: Scope, query: PageRequest & { tenantCode?: string; type: string }): Promise<Page<Item>>;
  /** Not deleted, `dueAt` at or before `until`, earliest first; with `part` only those of a part. */
  dueItems(scope: Scope, query: DueQuery): Promise<Page<Item>>;

  /** All or nothing, durable when it resolves. Refusals are results; faults are thrown. */
  commit(unit: UnitOfWork): Promise<CommitResult>;
  /**
   * Many units at the price of few, each all or nothing by itself, in their order: one that is refused holds up no
   * other. Where a fault is thrown, none of them was carried out.
   */
  commitEach(group: UnitGroup): Promise<readonly UnitResult[]>;
  /** Many requests in one transaction, each of them all or nothing. */
  meter(requests: readonly MeterRequest[], rules: MeterRules): Promise<readonly MeterOutcome[]>;
  findIdempotent(scope: Scope, owner: string, key: string): Promise<IdempotencyRecord | null>;

  /** Versions of one item. */
  versions(
    scope: Scope,
    key: ItemKey,
    page: PageRequest & { order?: 'asc' | 'desc' },
  ): Promise<Page<CommandRecord>>;
  /** The last command on the item at or before the instant. */
  versionAsOf(scope: Scope, key: ItemKey, instant: string): Promise<CommandRecord | null>;
  /** Commands, newest first. */
  audit(scope: Scope, query: AuditQuery): Promise<Page<CommandRecord>>;

  /**
   * Links of a tenant's chain after a sequence, in order; `limit` 1 to 200. The link, the head and the command are
   * written in one transaction, so that whatever is read here was complete when it was committed.
   */
  auditChain(
    scope: Scope,
    query: { tenantCode: string; afterSequence: number; limit: number },
  ): Promise<readonly ChainEntry[]>;
  /** Null for a tenant that never had a command. */
  auditHead(scope: Scope, tenantCode: string): Promise<ChainHead | null>;
  /** By tenant code. */
  auditHeads(scope: Scope, page: PageRequest): Promise<Page<ChainHead>>;
  /** How many commands have no place in the chain, counted. */
  countUnchained(scope: Scope, tenantCode: string): Promise<number>;
  /** Every item of a tenant that has a state or a command, deleted ones too, in the order of keys. */
  knownStates(scope: Scope, query: PageRequest & { tenantCode: string }): Promise<Page<KnownState>>;

  /** All of a tenant as of one moment, without holding it in memory; nothing when there is no such tenant. */
  exportTenant(tenantCode: string): AsyncIterable<TenantRow>;
  /**
   * Takes over a tenant in one transaction. What `rows` throws is thrown, and nothing is taken. The chain, the
   * states and the way to them are verified before it commits. The feed is not told.
   */
  importTenant(tenantCode: string, rows: AsyncIterable<TenantRow>): Promise<ImportOutcome>;
  /**
   * Takes the persons out of a closed tenant, seals it, and leaves a certificate, in one transaction. Again it gives
   * the same certificate.
   */
  eraseTenant(request: EraseRequest): Promise<EraseOutcome>;

  readonly feed: FeedPort;
  readonly usageLog: UsageLogPort;

  /** Throws when the store cannot serve. */
  ping(): Promise<void>;
  /** Forgets idempotency keys older than the instant, up to `limit`; returns how many. */
  forgetIdempotency(before: string, limit: number): Promise<number>;
  /** Forgets what unique meters counted in periods before the one named, up to `limit`, but what counts ever. */
  forgetSightings(beforePeriodSk: string, limit: number): Promise<number>;
  close(): Promise<void>;
}
