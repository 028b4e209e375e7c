import { type InvokeContext } from '@landlord/kernel';

/** What the system does for a tenant by itself, caused by `requestId`. */
export function systemContext(
  tenantCode: string,
  { requestId, source }: Pick<InvokeContext, 'requestId' | 'source'>,
): InvokeContext {
  return {
    user: { userId: 'system', tenantCode, roles: ['system_admin'] },
    requestId,
    source,
    ip: null,
    idempotency: null,
  };
}
