import { defineOperation } from '@landlord/saas';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from './document.js';

const operation = defineOperation({
  method: 'PATCH',
  path: '/things/:code/size',
  summary: 'Resize',
  tag: 'Things',
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  params: z.strictObject({ code: z.string() }),
  query: z.strictObject({ dry: z.string().optional() }),
  body: z.strictObject({ size: z.int() }),
  response: { status: 200, schema: z.object({ version: z.int() }), description: 'Resized.' },
  problems: ['quota_exceeded'],
  etag: true,
});
const health = defineOperation({
  method: 'GET',
  path: '/healthz',
  summary: 'Health',
  tag: 'Operation',
  roles: 'public',
  tenant: 'none',
  response: { status: 200, schema: z.object({}), description: 'Up.' },
});

const document = JSON.parse(JSON.stringify(openApiDocument([operation, health], '1.2.3')));
const resize = document.paths['/things/{code}/size'].patch;

describe('the OpenAPI document', () => {
  it('is of version 3.1', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Landlord', version: '1.2.3' } });
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer']);
  });

  it('names every parameter, headers included', () => {
    const parameters = resize.parameters.map(
      (parameter: { in: string; name: string; required?: boolean }) => [
        parameter.in,
        parameter.name,
        parameter.required ?? false,
      ],
    );
    expect(parameters.sort()).toEqual([
      ['header', 'Idempotency-Key', false],
      ['header', 'If-Match', false],
      ['header', 'X-Tenant-Code', false],
      ['path', 'code', true],
      ['query', 'dry', false],
    ]);
  });

  it('names operation, roles, body and answer', () => {
    expect(resize).toMatchObject({
      operationId: 'patchThingsByCodeSize',
      description: 'Roles: `system_admin`, `admin`.',
      security: [{ bearer: [] }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { required: ['size'], additionalProperties: false } } },
      },
    });
    expect(Object.keys(resize.responses['200'].headers).sort()).toEqual([
      'ETag',
      'Idempotency-Replayed',
      'X-Request-Id',
    ]);
  });

  it('names each refusal, those that follow and those declared', () => {
    expect(Object.keys(resize.responses)).toEqual([
      '200',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '500',
      '503',
    ]);
    expect(resize.responses['403'].description).toContain('quota_exceeded');
    expect(resize.responses['400'].content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
  });

  it('asks nothing of a public operation', () => {
    const { get } = document.paths['/healthz'];
    expect(get.security).toEqual([]);
    expect(Object.keys(get.responses)).toEqual(['200', '500', '503']);
    expect(get.responses['500'].description).toContain('internal_error');
  });

  it('says what receivers of webhooks get, where they can be asked for', () => {
    const asking = defineOperation({ ...health, path: '/webhooks/endpoints', tag: 'Webhooks' });
    const { webhooks, components } = JSON.parse(JSON.stringify(openApiDocument([asking], '1')));
    const { post } = webhooks['subscription.plan_changed'];
    expect(post.requestBody.content['application/json'].schema.$ref).toContain('WebhookMessage');
    expect(Object.keys(components.schemas.WebhookMessage.properties)).toEqual(['type', 'timestamp', 'data']);
    expect(document.webhooks).toBeUndefined();
  });
});
