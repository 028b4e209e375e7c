import { type JsonObject, type JsonValue } from '../pure/json.js';
import { type IncrementInput, type Refusal } from './command.js';
import { type Item, type Origin } from './item.js';
import { type IdempotencyClaim } from './store.js';

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

export interface MeterRequest {
  readonly tenantCode: string;
  readonly origin: Origin;
  readonly events: readonly MeterEvent[];
  readonly idempotency?: IdempotencyClaim & { readonly respond: (outcome: MeterAccepted) => JsonValue };
}

export interface MeterAccepted {
  readonly status: 'accepted';
  readonly accepted: number;
  readonly duplicates: number;
}

export type MeterOutcome =
  | MeterAccepted
  | { readonly status: 'replayed'; readonly result: JsonValue }
  | { readonly status: 'idempotency_mismatch' }
  /** The event at `index` has an id that was used for another payload; nothing of the request was taken. */
  | { readonly status: 'duplicate_event'; readonly index: number; readonly id: string }
  /** The event at `index` cannot be applied; nothing of the request was taken. */
  | { readonly status: 'refused'; readonly index: number; readonly message: string }
  | { readonly status: 'failed'; readonly refusal: Refusal };

/** The usage items of one tenant that a batch may touch, as they are under the lock. */
export interface MeterState {
  /** Ascending by sort key: from the period before the earliest event on. */
  readonly items: readonly Item[];
}

/** What new events of one request do to the usage items, or why they may not. */
export type MeterSettlement =
  | { readonly status: 'settled'; readonly commands: readonly IncrementInput[] }
  | { readonly status: 'refused'; readonly index: number; readonly message: string };

/**
 * How events become usage. Pure: called by the store inside its transaction, with the tenant's usage
 * locked, once per request in the order of arrival, on the state that earlier requests left behind.
 */
export interface MeterRules {
  readonly pk: (tenantCode: string) => string;
  readonly skPrefix: string;
  readonly settle: (
    state: MeterState,
    request: { tenantCode: string; events: readonly (MeterEvent & { index: number })[] },
  ) => MeterSettlement;
}
