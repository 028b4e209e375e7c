import { changesState, type DeclaredOperation, takesIfMatch } from '@landlord/saas';
import { z } from 'zod';

const tenantHeader = z.string().optional().meta({
  description: 'The tenant an operator acts for. Ignored from anybody else.',
  example: 'acme-corp',
});
const idempotencyHeader = z.string().min(1).max(255).optional().meta({
  description: 'Visible ASCII. The same key with the same request gets the same answer, and one effect.',
});
const ifMatchHeader = z.string().optional().meta({
  description: 'The version the change is meant for, as in `ETag`; otherwise 409.',
  example: '"4"',
});

const binaryHeader = (description: string, example: string) =>
  z
    .string()
    .optional()
    .meta({ description: `Binary mode of CloudEvents: ${description}`, example });
const binaryHeaders = {
  'ce-specversion': binaryHeader('always 1.0. With it the body is the data.', '1.0'),
  'ce-id': binaryHeader('identifies the event together with the source; percent-encoded.', 'A234-1234-1234'),
  'ce-source': binaryHeader('a URI reference.', 'https://gateway.example/edge-1'),
  'ce-type': binaryHeader('the metric, unless the data names it.', 'apiCalls'),
  'ce-time': binaryHeader('when it happened; default: now.', '2024-01-31T15:00:00Z'),
};

/** Headers that have a meaning for the operation, or null. */
export function headerParameters(operation: DeclaredOperation): z.ZodObject | null {
  const { roles, tenant } = operation;
  const isOperators = roles !== 'public' && roles.includes('system_admin');
  const shape = {
    ...(isOperators && tenant !== 'none' ? { 'X-Tenant-Code': tenantHeader } : {}),
    ...(changesState(operation) ? { 'Idempotency-Key': idempotencyHeader } : {}),
    ...(operation.cloudEvents ? binaryHeaders : {}),
    ...(takesIfMatch(operation) ? { 'If-Match': ifMatchHeader } : {}),
  };
  return Object.keys(shape).length === 0 ? null : z.object(shape);
}

/** Headers of the successful answer. */
export function answerHeaders(operation: DeclaredOperation): z.ZodObject {
  return z.object({
    'X-Request-Id': z
      .string()
      .meta({ description: 'The id of the request, as in logs and the audit trail.' }),
    ...(operation.etag
      ? { ETag: z.string().meta({ description: 'The version, in double quotes.', example: '"4"' }) }
      : {}),
    ...(changesState(operation) && operation.roles !== 'public'
      ? {
          'Idempotency-Replayed': z
            .literal('true')
            .optional()
            .meta({ description: 'The answer is that of an earlier request with the same key.' }),
        }
      : {}),
  });
}
