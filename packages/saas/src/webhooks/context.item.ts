import { systemContext } from '@landlord/kernel';

/** What is done for webhooks without a caller. */
export const WEBHOOK_CONTEXT = systemContext(null, { requestId: 'webhooks', source: 'webhooks' });
