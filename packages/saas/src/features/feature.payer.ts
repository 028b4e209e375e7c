import { type Tenant } from '../tenants/tenant.js';

type Payer = Pick<Tenant, 'code' | 'billing'>;

/** On whose subscription a tenant lives: its own, or that of its nearest ancestor with one. Ancestors from the root down. */
export function payerOf<T extends Payer>(tenant: T, ancestors: readonly T[]): T | null {
  return [...ancestors, tenant].findLast(({ billing }) => billing === 'own') ?? null;
}
