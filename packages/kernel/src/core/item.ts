import { type JsonObject } from '../pure/json.js';
import { type ItemKey } from '../pure/keys.js';

/**
 * The unit of state: one JSON object under `pk`/`sk`. Instants are ISO 8601 in UTC with milliseconds.
 * `version` counts the commands that changed it, beginning at 1.
 */
export interface Item extends ItemKey {
  readonly version: number;
  readonly tenantCode: string;
  readonly type: string;
  readonly code: string;
  readonly name: string;
  readonly attributes: JsonObject;
  readonly isDeleted: boolean;
  /** When something falls due for it; found by `Store.dueItems`. */
  readonly dueAt: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly requestId: string;
  readonly source: string;
}

/** Who caused a command, when, and from where. */
export interface Origin {
  readonly userId: string;
  readonly requestId: string;
  /** The operation, such as `POST /tenants/provision`. */
  readonly source: string;
  readonly ip: string | null;
  readonly at: string;
}
