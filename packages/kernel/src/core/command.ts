import { type JsonObject } from '../pure/json.js';
import { type ItemKey } from '../pure/keys.js';
import { type Item, type Origin } from './item.js';

/** What an item is to be as a whole. `version` is the one last read, `VERSION_FIRST` to create. */
export interface FullInput extends ItemKey {
  readonly version: number;
  readonly tenantCode: string;
  readonly type: string;
  readonly code: string;
  readonly name: string;
  readonly attributes: JsonObject;
  readonly isDeleted?: boolean;
  readonly dueAt?: string | null;
}

/** What is to change of an existing item: attributes merge deeply, arrays are replaced, absent names stay. */
export interface PartialInput extends ItemKey {
  readonly version: number;
  readonly code?: string;
  readonly name?: string;
  readonly attributes?: JsonObject;
  readonly isDeleted?: boolean;
  readonly dueAt?: string | null;
}

/** A delta on one numeric attribute. Absent attributes count as 0. Bounds hold for the result. */
export interface Increment {
  readonly path: readonly string[];
  /** Signed decimal, at most 9 places. */
  readonly by: string;
  readonly min?: string;
  readonly max?: string;
}

/** Commutative deltas: never a version conflict, whatever else writes the item meanwhile. */
export interface IncrementInput extends ItemKey {
  readonly increments: readonly Increment[];
  /** The item to start from when there is none; without it, an absent item is refused. */
  readonly initial?: Omit<FullInput, 'pk' | 'sk' | 'version'>;
}

export type Command =
  | ({ readonly kind: 'full' } & FullInput)
  | ({ readonly kind: 'partial' } & PartialInput)
  | ({ readonly kind: 'increment' } & IncrementInput);

export type CommandKind = Command['kind'];

/** Where a command stands in its tenant's chain. Hashes are SHA-256 in lower-case hexadecimal. */
export interface AuditLink {
  /** From 1, without a gap, per tenant. */
  readonly sequence: number;
  /** Of what was done (`contentHashOf`). */
  readonly contentHash: string;
  /** Of the link before and `contentHash` (`linkHashOf`). */
  readonly hash: string;
}

/**
 * A command as it was carried out: never changed; redacted or deleted by the erasure of its tenant alone.
 * `item` is the state it left behind.
 */
export interface CommandRecord extends ItemKey, Origin {
  readonly version: number;
  readonly kind: CommandKind;
  readonly tenantCode: string;
  readonly type: string;
  readonly input: Command;
  readonly item: Item;
  /** Place in the store's log; for paging only, it may have gaps and is not the order of commits. */
  readonly position: string;
  /** Null for a command from before the chain began. */
  readonly link: AuditLink | null;
  /** Personal data was taken out: `input` and `item` are no longer what `link.contentHash` was made of. */
  readonly isRedacted: boolean;
}

/** Why a command was not carried out. */
export type Refusal =
  | {
      readonly reason: 'version_conflict';
      readonly key: ItemKey;
      readonly givenVersion: number;
      readonly currentVersion: number;
    }
  | { readonly reason: 'item_absent'; readonly key: ItemKey }
  | {
      readonly reason: 'out_of_bounds';
      readonly key: ItemKey;
      readonly attribute: string;
      readonly current: string;
      readonly by: string;
      readonly bound: string;
    }
  | { readonly reason: 'not_numeric'; readonly key: ItemKey; readonly attribute: string }
  | { readonly reason: 'unstorable'; readonly key: ItemKey; readonly path: string; readonly message: string };
