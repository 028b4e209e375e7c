import { type DeclaredOperation, EVENT_NAMES, webhookHeaders, webhookMessage } from '@landlord/saas';
import { type ZodOpenApiPathItemObject } from 'zod-openapi';

const HOME = '/webhooks/endpoints';

/** The requests that receivers get, where there are operations to ask for them. */
export function webhooksOf(
  operations: readonly DeclaredOperation[],
): { webhooks: Record<string, ZodOpenApiPathItemObject> } | Record<string, never> {
  const home = operations.find(({ path }) => path === HOME);
  if (!home) return {};
  return { webhooks: Object.fromEntries(EVENT_NAMES.map((name) => [name, received(name, home.tag)])) };
}

function received(name: string, tag: string): ZodOpenApiPathItemObject {
  return {
    post: {
      summary: name,
      tags: [tag],
      security: [],
      requestParams: { header: webhookHeaders },
      requestBody: { required: true, content: { 'application/json': { schema: webhookMessage } } },
      responses: { '2XX': { description: 'Taken. Anything else is tried again, but for 410.' } },
    },
  };
}
