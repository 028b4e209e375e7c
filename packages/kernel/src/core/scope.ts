import { type InvokeContext } from './context.js';
import { type Scope, SYSTEM_SCOPE, tenantScope } from './store.js';

/** The caller's own scope: the tenant acted for, or the whole system for an operator acting for none. */
export function scopeOf(context: InvokeContext): Scope {
  const { tenantCode, roles } = context.user;
  if (tenantCode !== null) return tenantScope(tenantCode);
  if (roles.includes('system_admin')) return SYSTEM_SCOPE;
  throw new Error('a caller without a tenant who is no operator has no scope');
}
