import { type JsonObject, type JsonValue } from '../pure/json.js';
import { type IncrementInput, type Refusal } from './command.js';
import { type Item, type Origin } from './item.js';
import { type IdempotencyClaim, type ItemCheck } from './store.js';

/** One usage event, parsed and placed in its period. Its id counts once, ever, within the tenant. */
export interface MeterEvent {
  readonly id: string;
  /** Hash of what was sent; the same id with another one is refused. */
  readonly fingerprint: string;
  readonly metric: string;
  /** Sort key of the usage item of the event's own period. */
  readonly periodSk: string;
  readonly at: string;
  /** Signed decimal: the quantity of a sum, the delta of a gauge, or the value a gauge is set to. */
  readonly quantity: string;
  readonly mode: 'add' | 'set';
  readonly properties: JsonObject;
}

/** A limit on what a tenant and those pooled with it use of a metric. */
export interface MeterLimit {
  readonly tenantCode: string;
  readonly metric: string;
  /** Decimal. */
  readonly limit: string;
  /** False: what passes it is admitted all the same, and shown against it. */
  readonly isEnforced: boolean;
}

/** How a tenant stands in a metric, against the tightest of the limits that hold for it. Decimals. */
export interface MeterStanding {
  readonly metric: string;
  readonly current: string;
  /** Null: no limit holds. */
  readonly limit: string | null;
}

export interface MeterRequest {
  readonly tenantCode: string;
  readonly origin: Origin;
  readonly events: readonly MeterEvent[];
  /** Tenants whose pool it uses: from the parent up to the one that has the subscription. Their usage moves along. */
  readonly pooledWith: readonly string[];
  /** Null records whatever comes. Otherwise all of it is within these limits, or nothing is taken. */
  readonly admission: readonly MeterLimit[] | null;
  /** Items on which the tenant's place and limits rest: where one is at another version, nothing is taken. */
  readonly checks: readonly ItemCheck[];
  readonly idempotency?: IdempotencyClaim & { readonly respond: (outcome: MeterAccepted) => JsonValue };
}

export interface MeterAccepted {
  readonly status: 'accepted';
  readonly accepted: number;
  readonly duplicates: number;
  /** For an admission: how the tenant stands in the metrics of the events afterwards. */
  readonly standings: readonly MeterStanding[];
}

export type MeterOutcome =
  | MeterAccepted
  | { readonly status: 'replayed'; readonly result: JsonValue }
  | { readonly status: 'idempotency_mismatch' }
  /** One of the checks failed: read again and try once more. */
  | { readonly status: 'stale' }
  /** The event at `index` would pass a limit; nothing of the request was taken. */
  | { readonly status: 'not_admitted'; readonly index: number; readonly standing: MeterStanding }
  /** The event at `index` has an id that was used for another payload; nothing of the request was taken. */
  | { readonly status: 'duplicate_event'; readonly index: number; readonly id: string }
  /** The event at `index` cannot be applied; nothing of the request was taken. */
  | { readonly status: 'refused'; readonly index: number; readonly message: string }
  | { readonly status: 'failed'; readonly refusal: Refusal };

/** What new events of one request did to the usage items, or why they may not. */
export type MeterSettlement =
  | { readonly status: 'settled'; readonly standings: readonly MeterStanding[] }
  | Extract<MeterOutcome, { status: 'refused' | 'not_admitted' }>;

/** What all that was settled does to one usage item, and who asked for it. */
export interface MeterEntry {
  readonly command: IncrementInput;
  readonly origins: readonly Origin[];
}

/** Usage items while requests are settled on them, one after the other; one that is refused leaves no trace. */
export interface MeterBook {
  /** `fresh`: those of the request's events that were not counted before, with their index. */
  readonly settle: (
    request: MeterRequest,
    fresh: readonly (MeterEvent & { index: number })[],
  ) => MeterSettlement;
  /** One for each item that changed since the book was opened. */
  readonly entries: () => readonly MeterEntry[];
}

/**
 * How events become usage. Pure: called by the store inside its transaction, with the usage of all tenants
 * concerned locked.
 */
export interface MeterRules {
  readonly pk: (tenantCode: string) => string;
  readonly skPrefix: string;
  /** `items`: of each tenant concerned, ascending by sort key, from the period before the earliest event on. */
  readonly open: (items: readonly Item[]) => MeterBook;
}
