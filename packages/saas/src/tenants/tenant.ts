import { type TimeZone } from '@landlord/kernel/pure';

export type TenantStatus = 'active';

export interface Tenant {
  readonly code: string;
  readonly name: string;
  readonly status: TenantStatus;
  readonly industry: string | null;
  /** ISO 3166-1, two letters. */
  readonly country: string | null;
  /** Decides when its days and months begin. */
  readonly timezone: TimeZone;
}

/** The first member of a tenant. */
export interface TenantAdmin {
  readonly id: string;
  readonly email: string | null;
}

export const FIRST_ADMIN_ID = 'usr-001';
