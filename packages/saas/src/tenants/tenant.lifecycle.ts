import { LandlordError } from '@landlord/kernel/pure';
import { type Tenant, type TenantStatus } from './tenant.js';

export type TenantStep = 'suspend' | 'resume' | 'close' | 'erase';

interface Transition {
  readonly from: readonly TenantStatus[];
  readonly to: TenantStatus;
}

/** The whole life of a tenant: what is not here is refused. Closing is for good; erasing comes after it. */
export const TENANT_TRANSITIONS: Readonly<Record<TenantStep, Transition>> = {
  suspend: { from: ['active'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'active' },
  close: { from: ['active', 'suspended'], to: 'closed' },
  erase: { from: ['closed'], to: 'erased' },
};

export type TenantDecision =
  | { readonly ok: true; readonly status: TenantStatus }
  | { readonly ok: false; readonly message: string };

/** The status after a step, or why it cannot be taken. */
export function decideStep(status: TenantStatus, step: TenantStep): TenantDecision {
  const { from, to } = TENANT_TRANSITIONS[step];
  if (from.includes(status)) return { ok: true, status: to };
  const needed = from.join(' or ');
  return { ok: false, message: `a tenant that is ${status} cannot become ${to}: it must be ${needed}` };
}

/** Of a tenant that is closed or erased nothing is changed any more. Throws `invalid_transition`. */
export function requireOpen({ code, status }: Pick<Tenant, 'code' | 'status'>): void {
  if (status === 'active' || status === 'suspended') return;
  throw new LandlordError('invalid_transition', `${code} is ${status}; nothing of it can be changed`);
}
