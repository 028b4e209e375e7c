import {
  COMMON_TENANT_CODE,
  type InvokeContext,
  type ReadOptions,
  SYSTEM_SCOPE,
  tenantPk,
  tenantScope,
} from '@landlord/kernel';

/** The vendor's own: of the system, and unlike its master data not for tenants to read. */
export const VENDOR_PK = 'VENDOR#COMMON';

/** Whose endpoints and deliveries: a tenant's, or (`tenantCode` null) the vendor's, who is told of all tenants. */
export interface Place {
  readonly tenantCode: string | null;
  readonly pk: string;
  /** As items say it. */
  readonly owner: string;
  readonly read: ReadOptions;
}

export const VENDOR: Place = {
  tenantCode: null,
  pk: VENDOR_PK,
  owner: COMMON_TENANT_CODE,
  read: { scope: SYSTEM_SCOPE },
};

export function tenantPlace(tenantCode: string): Place {
  return {
    tenantCode,
    pk: tenantPk(tenantCode),
    owner: tenantCode,
    read: { scope: tenantScope(tenantCode) },
  };
}

/** Where the caller's are; an operator who acts for no tenant is the vendor. */
export function placeOf({ user: { tenantCode, roles } }: InvokeContext): Place {
  if (tenantCode !== null) return tenantPlace(tenantCode);
  if (roles.includes('system_admin')) return VENDOR;
  throw new Error('a caller without a tenant who is no operator has no place');
}

/** The place that an item of it says. */
export function placeOfItem({ pk, tenantCode }: { pk: string; tenantCode: string }): Place {
  return pk === VENDOR_PK ? VENDOR : tenantPlace(tenantCode);
}
