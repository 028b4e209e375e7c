import { type JsonObject, type TimeZone } from '@landlord/kernel/pure';
import { type QuantityJson } from '../usage/quota.js';

export type TenantStatus = 'active' | 'suspended' | 'closed' | 'erased';

/** `own`: it has a subscription of its own; `parent`: its use counts against its parent's. */
export type TenantBilling = 'own' | 'parent';

/** Which groups' settings hold for the members with a role, nearest first. */
export interface RoleGroups {
  readonly role: string;
  readonly groups: readonly string[];
  readonly settingGroups: readonly string[];
  /** `auto`: by code; `customized`: as said. */
  readonly mode: 'auto' | 'customized';
}

/** By metric: what it may use of its parent's limits; null, or nothing said, is no cap of its own. */
export type TenantCaps = Readonly<Record<string, QuantityJson | null>>;

export interface Tenant {
  readonly code: string;
  readonly name: string;
  readonly status: TenantStatus;
  readonly industry: string | null;
  /** ISO 3166-1, two letters. */
  readonly country: string | null;
  /** Decides when its days and months begin. */
  readonly timezone: TimeZone;
  /** The vendor's own facts about it. */
  readonly attributes: JsonObject;
  readonly parentCode: string | null;
  /** From the root down to the parent; never changes. */
  readonly ancestors: readonly string[];
  readonly billing: TenantBilling;
  readonly caps: TenantCaps;
  readonly settingGroups: readonly RoleGroups[];
}

/** Where a tenant stands in its tree. */
export type TenantPlace = Pick<Tenant, 'parentCode' | 'ancestors' | 'billing' | 'caps'>;

/** Where a tenant without a parent stands. */
export const ROOT_PLACE = {
  attributes: {},
  parentCode: null,
  ancestors: [],
  billing: 'own',
  caps: {},
  settingGroups: [],
} as const satisfies Partial<Tenant>;
