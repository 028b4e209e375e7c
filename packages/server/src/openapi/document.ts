import { type DeclaredOperation, pathParameters, problem as problemSchema } from '@landlord/saas';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { PROBLEM_MEDIA_TYPE } from '../http/problem.filter.js';
import { PROBLEMS, type ProblemCode } from '../http/problem.js';
import { answerHeaders, headerParameters } from './headers.js';
import { problemsOf } from './problems.js';
import { webhooksOf } from './webhooks.js';

const JSON_MEDIA_TYPE = 'application/json';
const PROBLEM_TYPE = PROBLEM_MEDIA_TYPE.split(';')[0] ?? '';

const DESCRIPTION = [
  'The tenancy backbone of a SaaS: tenants, plans, subscriptions, usage meters, quotas, invoices, webhooks and audit.',
  '',
  'Send `Authorization: Bearer <token>`. Operators (`system_admin`) act for a tenant with `X-Tenant-Code`.',
  'Instants are ISO 8601 with an offset, money is whole minor units, lists are `{ items, nextCursor }`.',
  'Every error is `application/problem+json` (RFC 9457) with a stable `code`.',
  'With an `Idempotency-Key` a POST, PATCH or DELETE happens once, however often it is sent.',
].join('\n');

/** OpenAPI 3.1, from the operations alone. */
export function openApiDocument(operations: readonly DeclaredOperation[], version: string): object {
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Landlord', version, description: DESCRIPTION },
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: pathsOf(operations),
    ...webhooksOf(operations),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A JWT of the configured issuer.' },
      },
    },
  });
}

function pathsOf(operations: readonly DeclaredOperation[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:([^/]+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: documented(operation) };
  }
  return paths;
}

function documented(operation: DeclaredOperation): ZodOpenApiOperationObject {
  const { id, summary, description, tag, roles, params, query } = operation;
  const header = headerParameters(operation);
  return {
    operationId: id,
    summary,
    description: [description, rolesText(roles)].filter(Boolean).join('\n\n'),
    tags: [tag],
    security: roles === 'public' ? [] : [{ bearer: [] }],
    requestParams: {
      ...(params && pathParameters(operation.path).length > 0 ? { path: params } : {}),
      ...(query ? { query } : {}),
      ...(header ? { header } : {}),
    },
    ...requestBody(operation),
    responses: { ...success(operation), ...refusals(operation) },
  };
}

function requestBody({
  body,
  bodyStream,
  cloudEvents,
}: DeclaredOperation): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if (bodyStream) {
    const lines = z.string().meta({ description: 'One JSON document a line.' });
    return { requestBody: { required: true, content: { [bodyStream]: { schema: lines } } } };
  }
  if (!body) return {};
  if (cloudEvents) return cloudEventBody(body, cloudEvents);
  const required = !body.safeParse(undefined).success;
  return { requestBody: { required, content: { [JSON_MEDIA_TYPE]: { schema: body } } } };
}

/** In binary mode the attributes are headers, and there may be no body. */
function cloudEventBody(
  body: z.ZodType,
  { event, batch, data }: NonNullable<DeclaredOperation['cloudEvents']>,
): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const content = {
    [JSON_MEDIA_TYPE]: { schema: z.union([body, data]) },
    'application/cloudevents+json': { schema: event },
    'application/cloudevents-batch+json': { schema: batch },
  };
  return { requestBody: { required: false, content } };
}

function rolesText(roles: DeclaredOperation['roles']): string {
  return roles === 'public' ? 'Needs no token.' : `Roles: ${roles.map((role) => `\`${role}\``).join(', ')}.`;
}

function success(operation: DeclaredOperation): ZodOpenApiOperationObject['responses'] {
  const { status, schema, description, mediaType = JSON_MEDIA_TYPE } = operation.response;
  const headers = answerHeaders(operation);
  return { [`${status}`]: { description, headers, content: { [mediaType]: { schema } } } };
}

function refusals(operation: DeclaredOperation): ZodOpenApiOperationObject['responses'] {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(operation)) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .sort(([left], [right]) => left - right)
      .map(([status, codes]) => [`${status}`, refusal(codes)]),
  );
}

function refusal(codes: readonly ProblemCode[]) {
  const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' ');
  return { description, content: { [PROBLEM_TYPE]: { schema: problemSchema } } };
}
