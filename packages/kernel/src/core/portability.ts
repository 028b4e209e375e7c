import { type JsonObject, type JsonValue } from '../pure/json.js';
import { type ItemKey } from '../pure/keys.js';
import { type AuditLink, type CommandRecord } from './command.js';
import { type Item, type Origin } from './item.js';
import { type MeterEffect, type MeterSighting } from './meter.js';
import { type ChainHead, type IdempotencyClaim } from './store.js';
import { type KeptId, type RecordedEvent } from './usage-log.js';

/** A value that a `unique` meter has counted. */
export interface RecordedSighting extends Omit<MeterSighting, 'tenantCode'> {
  /** It is counted once ever, not once in each period. */
  readonly isCarried: boolean;
}

/** A command as another store takes it over: its position is the store's own. */
export type PortableCommand = Omit<CommandRecord, 'position'>;

/**
 * All there is of a tenant, in this order: the head of its chain; items by key; commands from before the chain by key
 * and version; the chain by sequence, with a bare link where an erasure removed the command; usage events by when they were
 * recorded and id; ids of events that are gone, likewise; what each hour came to, by metric, hour and dimensions; values that
 * unique meters have counted, by metric, value and period.
 */
export type TenantRow =
  | { readonly kind: 'head'; readonly head: ChainHead }
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'command'; readonly command: PortableCommand }
  | { readonly kind: 'removed'; readonly link: AuditLink }
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'eventId'; readonly eventId: KeptId }
  | { readonly kind: 'hour'; readonly hour: MeterEffect }
  | { readonly kind: 'sighting'; readonly sighting: RecordedSighting };

export type ImportOutcome =
  | { readonly status: 'imported' }
  /** Something of that tenant is there. */
  | { readonly status: 'exists' }
  /** The rows do not belong together; nothing was taken. */
  | {
      readonly status: 'inconsistent';
      readonly sequence: number | null;
      readonly key: ItemKey | null;
      readonly message: string;
    };

/** What becomes of a tenant's items and log; called by the store inside its transaction. Pure. */
export interface ErasureRules {
  /** An item of a type that is not known to be kept is erased, with its log. */
  readonly isKept: (type: string) => boolean;
  /** Takes in a command of the tenant, before any is redacted: whom it names is to be found elsewhere. */
  readonly learn: (command: PortableCommand) => void;
  /** A text that is kept, without the persons learned until then. */
  readonly redactText: (text: string) => string;
  /** A kept item without the persons. */
  readonly redactItem: (item: Item) => Item;
  /** A command on a kept item without the persons; its `item` is what `redactItem` makes of it. */
  readonly redactCommand: (command: PortableCommand) => PortableCommand;
}

export interface EraseRequest {
  readonly tenantCode: string;
  readonly origin: Origin;
  /** Kept in the certificate as `redactText` leaves it. */
  readonly reason: string | null;
  readonly rules: ErasureRules;
  /** `respond` makes the answer to keep, also where the tenant was erased before. */
  readonly idempotency?: IdempotencyClaim & {
    readonly respond: (certificate: ErasureCertificate) => JsonValue;
  };
}

export const ERASURE_TYPE = 'ERASURE';
export const ERASURE_PREFIX = 'ERASURE#';

/** What an erasure did, kept as the attributes of an item of its own. */
export interface ErasureCertificate {
  readonly erasedAt: string;
  readonly by: string;
  readonly reason: string | null;
  /** Items that were erased or kept, by type. */
  readonly items: { readonly erased: Counts; readonly kept: Counts };
  /** Sequences whose commands were redacted or removed, from and to. */
  readonly sequences: readonly (readonly [number, number])[];
  readonly commands: { readonly redacted: number; readonly removed: number };
  /** Rows outside of items and log that were removed, by what they are. */
  readonly rows: Counts;
  readonly headBefore: { readonly sequence: number; readonly hash: string };
  /** Covers the redacted commands as they were left (`remainderHashOf`). */
  readonly remainderHash: string;
}

export type Counts = Readonly<Record<string, number>>;

/** `absent`: no such tenant; `refused`: it is in a state in which it may not be erased. */
export type EraseOutcome =
  | { readonly status: 'erased'; readonly certificate: ErasureCertificate }
  /** The same idempotency key had been carried out before. */
  | { readonly status: 'replayed'; readonly result: JsonValue }
  | { readonly status: 'idempotency_mismatch' }
  | { readonly status: 'absent' }
  | { readonly status: 'refused'; readonly tenantStatus: string };

export function certificateJson(certificate: ErasureCertificate): JsonObject {
  return certificate as unknown as JsonObject;
}
