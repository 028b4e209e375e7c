import { LandlordError } from '../pure/errors.js';
import { type IdempotencyClaim, type ItemCheck } from './store.js';

export type Role = 'system_admin' | 'admin' | 'billing' | 'member';
export const ROLES: readonly Role[] = ['system_admin', 'admin', 'billing', 'member'];

/** Who is calling, as verified. `tenantCode` is the tenant acted for; null for an operator acting for none. */
export interface UserContext {
  readonly userId: string;
  readonly tenantCode: string | null;
  readonly roles: readonly Role[];
  /** When the caller's token ends, where that is known. */
  readonly tokenExpiresAt?: string;
  /** For a session: what the token gave that it began with. */
  readonly origin?: SessionOrigin;
}

/** The tenant that somebody signed in to, and the roles they had there, before they changed to another tenant. */
export interface SessionOrigin {
  readonly tenantCode: string;
  readonly roles: readonly Role[];
}

/** The first argument of every service call: who, from where, under which idempotency key. */
export interface InvokeContext {
  readonly user: UserContext;
  readonly requestId: string;
  readonly source: string;
  readonly ip: string | null;
  readonly idempotency: IdempotencyClaim | null;
  /** Where the caller was admitted from memory; absent where what that rests on was read for this request. */
  readonly rests?: Resting;
}

/** What an admission from memory rests on. Whoever carries out the request holds `checks`, and where they fail renews it. */
export interface Resting {
  readonly checks: readonly ItemCheck[];
  /** Reads anew whether the caller may do this: throws what it is refused for, or gives a context that rests on nothing. */
  readonly renew: () => Promise<InvokeContext>;
}

/** Anything that carries an `InvokeContext`, such as an HTTP request. */
export interface CarriesInvokeContext {
  readonly invokeContext?: InvokeContext;
}

interface HasHttpRequest {
  switchToHttp(): { getRequest<T>(): T };
}

/** The verified caller, from an `InvokeContext` or from the `ExecutionContext` of a NestJS guard. */
export function getUserContext(context: InvokeContext | HasHttpRequest): UserContext {
  if ('user' in context) return context.user;
  const request = context.switchToHttp().getRequest<CarriesInvokeContext>();
  if (!request.invokeContext)
    throw new LandlordError('unauthenticated', 'the request carries no verified caller');
  return request.invokeContext.user;
}

/** The tenant acted for; operators without one are told how to name it. */
export function requireTenant(context: InvokeContext): string {
  const { tenantCode } = context.user;
  if (tenantCode !== null) return tenantCode;
  throw new LandlordError('validation_failed', 'name the tenant to act for in the X-Tenant-Code header', {
    errors: [{ path: 'headers.x-tenant-code', message: 'is required for an operator here' }],
  });
}

/** Under which name the system acts by itself. */
export const SYSTEM_USER_ID = 'system';

/** What the system does by itself, for a tenant or (null) across all, caused by what `requestId` and `source` name. */
export function systemContext(
  tenantCode: string | null,
  { requestId, source }: Pick<InvokeContext, 'requestId' | 'source'>,
): InvokeContext {
  const user: UserContext = { userId: SYSTEM_USER_ID, tenantCode, roles: ['system_admin'] };
  return { user, requestId, source, ip: null, idempotency: null };
}
