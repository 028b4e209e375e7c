import { type JsonObject, type JsonValue } from '../pure/json.js';
import { type ItemKey } from '../pure/keys.js';
import { type Command, type IncrementInput, type Refusal } from './command.js';
import { type Item, type Origin } from './item.js';
import { type IdempotencyClaim } from './store.js';

/** One usage event, parsed and placed in its period. Its id counts once, ever, within the tenant. */
export interface MeterEvent {
  readonly id: string;
  /** Hash of what was sent, 32 hexadecimal digits; the same id with another one is refused. */
  readonly fingerprint: string;
  /** The name of the event, by which meters take it. */
  readonly metric: string;
  /** Sort key of the usage item of the event's own period. */
  readonly periodSk: string;
  readonly at: string;
  /** The instant at which the hour of the tenant's own clock began in which it happened. */
  readonly hour: string;
  /** As sent, a signed decimal: what is added, or the value something is set to. */
  readonly quantity: string;
  /** `correct` takes back what an earlier event added: its quantity is that event's, negated. */
  readonly mode: 'add' | 'set' | 'correct';
  readonly properties: JsonObject;
  /** What it says of each meter that it feeds; none where it counts nowhere. */
  readonly readings: readonly MeterReading[];
}

/** How a reading moves its meter: by a delta, to a value, up to a value, to the newest value, by a value not seen before. */
export type MeterMode = 'add' | 'set' | 'max' | 'latest' | 'unique';

/** What one event says of one meter. */
export interface MeterReading {
  readonly metric: string;
  readonly mode: MeterMode;
  /** Decimal, signed for `add`: the delta or the value; 1 for `unique`. */
  readonly quantity: string;
  /** Of `unique`, and only there: what is counted once, as a hash. */
  readonly value?: string;
  /** The dimensions that the meter declares, as text; those the event does not have are left out. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/**
 * What an event adds to an hour. The hours of a period add up to what the period changed by: for a metric that begins anew from
 * 0, for one that is carried from where the period before left it.
 */
export interface MeterEffect {
  readonly metric: string;
  /** The instant at which the hour began. */
  readonly hour: string;
  /** The dimensions that the meter declares, as text; none for the whole. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Signed decimal. */
  readonly quantity: string;
  /** Events that stand: 1, -1 for one that is taken back, 0 where another's effect moves. */
  readonly count: number;
}

/** A value of a `unique` meter, and the period from which on it counts. */
export interface MeterSighting {
  readonly tenantCode: string;
  readonly metric: string;
  readonly value: string;
  readonly periodSk: string;
}

/** Quantity that is kept free from a period on for a use to come, or no longer (negative). */
export interface MeterHold {
  readonly metric: string;
  readonly periodSk: string;
  /** Signed decimal. */
  readonly quantity: string;
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
  /** Used. */
  readonly current: string;
  /** Kept free for uses to come: it counts against the limit as if it were used. */
  readonly held: string;
  /** Null: no limit holds. */
  readonly limit: string | null;
}

export interface MeterRequest {
  readonly tenantCode: string;
  readonly origin: Origin;
  readonly events: readonly MeterEvent[];
  readonly holds?: readonly MeterHold[];
  /** Written with it, all or nothing: full and partial commands on items of the tenant that are no usage. */
  readonly commands?: readonly Exclude<Command, { kind: 'increment' }>[];
  /** Metrics that go on in the next period where they were left; the others begin anew. */
  readonly carried: ReadonlySet<string>;
  /** Tenants whose pool it uses: from the parent up to the one that has the subscription. Their usage moves along. */
  readonly pooledWith: readonly string[];
  /** Null records whatever comes. Otherwise all of it is within these limits, or nothing is taken. */
  readonly admission: readonly MeterLimit[] | null;
  /** Items on which the tenant's place and limits rest: where one is at another version, nothing is taken. */
  readonly checks: readonly (ItemKey & { readonly version: number })[];
  readonly idempotency?: IdempotencyClaim & { readonly respond: (outcome: MeterAccepted) => JsonValue };
}

export interface MeterAccepted {
  readonly status: 'accepted';
  readonly accepted: number;
  readonly duplicates: number;
  /** For an admission: how the tenant stands afterwards in the metrics of the readings and holds. */
  readonly standings: readonly MeterStanding[];
}

export type MeterOutcome =
  | MeterAccepted
  | { readonly status: 'replayed'; readonly result: JsonValue }
  | { readonly status: 'idempotency_mismatch' }
  /** One of the checks failed: read again and try once more. */
  | { readonly status: 'stale' }
  /** The event (or hold) at `index` would pass a limit; nothing of the request was taken. */
  | {
      readonly status: 'not_admitted';
      readonly index: number;
      readonly standing: MeterStanding;
      /** Some of what stands in the way is held, not used. */
      readonly isHeld: boolean;
    }
  /** The event at `index` has an id that was used for another payload; nothing of the request was taken. */
  | { readonly status: 'duplicate_event'; readonly index: number; readonly id: string }
  /** The event at `index` cannot be applied; nothing of the request was taken. */
  | { readonly status: 'refused'; readonly index: number; readonly message: string }
  | { readonly status: 'failed'; readonly refusal: Refusal };

/** What the store knows of the tenants concerned, as it is under the lock. */
export interface MeterState {
  /** Of each tenant ascending by sort key, from the period before the earliest event on. */
  readonly items: readonly Item[];
  /** Of the values that readings name: those seen in the event's period, or, where carried, ever. */
  readonly sightings: readonly MeterSighting[];
}

/** What new events of one request did to the usage items, or why they may not. */
export type MeterSettlement =
  | {
      readonly status: 'settled';
      readonly standings: readonly MeterStanding[];
      /** What the request changes, by hour. */
      readonly effects: readonly MeterEffect[];
      /** New ones. */
      readonly sightings: readonly MeterSighting[];
    }
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
  readonly open: (state: MeterState) => MeterBook;
}
