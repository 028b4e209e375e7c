import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { changesState, defineOperation, type OperationDeclaration, operationName } from './operation.js';

const BASE = {
  method: 'GET',
  path: '/things',
  summary: 'Things',
  tag: 'Things',
  roles: ['admin'],
  tenant: 'required',
  response: { status: 200, schema: z.object({}), description: 'Things.' },
} as const satisfies OperationDeclaration;

const code = z.strictObject({ code: z.string() });

describe('an operation', () => {
  it.each<[OperationDeclaration['method'], string, z.ZodObject | undefined, string]>([
    ['GET', '/usage/quotas/:code', code, 'getUsageQuotasByCode'],
    ['POST', '/api-keys/:code/rotate', code, 'postApiKeysByCodeRotate'],
    ['DELETE', '/things', undefined, 'deleteThings'],
    ['GET', '/openapi.json', undefined, 'getOpenapiJson'],
  ])('%s %s has a stable id', (method, path, params, id) => {
    const operation = defineOperation({ ...BASE, method, path, ...(params ? { params } : {}) });
    expect(operation.id).toBe(id);
    expect(operationName(operation)).toBe(`${method} ${path}`);
    expect(Object.isFrozen(operation)).toBe(true);
  });

  it.each<[string, Partial<OperationDeclaration>]>([
    ['slash', { path: 'things' }],
    ['params declare []', { path: '/things/:code' }],
    ['params declare [code]', { params: code }],
    ['roles are empty', { roles: [] }],
    ['has no caller', { roles: 'public' }],
    ['no body', { body: code }],
  ])('must not contradict itself: %s', (message, change) => {
    expect(() => defineOperation({ ...BASE, ...change } as OperationDeclaration)).toThrow(message);
  });

  it.each([
    ['GET', false],
    ['PUT', false],
    ['POST', true],
    ['PATCH', true],
    ['DELETE', true],
  ] as const)('by %s takes an Idempotency-Key: %s', (method, isChange) => {
    expect(changesState({ method })).toBe(isChange);
  });
});
