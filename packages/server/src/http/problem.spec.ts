import { LandlordError } from '@landlord/kernel';
import { HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PROBLEMS, type ProblemCode, problemOf } from './problem.js';

const STATUSES: Record<ProblemCode, number> = {
  validation_failed: 400,
  downgrade_blocked: 400,
  unauthenticated: 401,
  forbidden: 403,
  quota_exceeded: 403,
  not_found: 404,
  version_conflict: 409,
  already_exists: 409,
  duplicate_event: 409,
  invalid_transition: 409,
  out_of_bounds: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  rate_limited: 429,
  internal_error: 500,
  unavailable: 503,
};

describe('a refusal', () => {
  it.each(Object.entries(STATUSES))('%s has status %i', (code, status) => {
    expect(PROBLEMS[code as ProblemCode].status).toBe(status);
  });

  it('says its facts beside the members, and cannot replace them', () => {
    const facts = { currentVersion: 4, status: 1, type: 'x', requestId: 'y' };
    const { body, status } = problemOf(new LandlordError('version_conflict', 'changed meanwhile', { facts }));
    expect(status).toBe(409);
    expect(body).toEqual({
      type: 'urn:landlord:problem:version_conflict',
      title: 'It was changed meanwhile',
      status: 409,
      detail: 'changed meanwhile',
      code: 'version_conflict',
      currentVersion: 4,
    });
  });

  it.each([
    [new LandlordError('unauthenticated', ''), { 'www-authenticate': 'Bearer realm="landlord"' }],
    [new LandlordError('unavailable', '', { retryAfterSeconds: 2.1 }), { 'retry-after': '3' }],
    [new LandlordError('rate_limited', ''), { 'retry-after': '1' }],
    [new LandlordError('forbidden', ''), {}],
  ])('%o has headers %j', (error, headers) => {
    expect(problemOf(error).headers).toEqual(headers);
  });
});

describe('other errors', () => {
  const fastifyError = (code: string, statusCode: number) =>
    Object.assign(new Error('quotes "secret"'), { code, statusCode });

  it.each<[unknown, ProblemCode, number]>([
    [new NotFoundException('Cannot GET /secret'), 'not_found', 404],
    [new HttpException('secret', 405), 'validation_failed', 405],
    [new HttpException('secret', 418), 'validation_failed', 418],
    [fastifyError('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'payload_too_large', 413],
    [fastifyError('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 'unsupported_media_type', 415],
    [fastifyError('FST_ERR_BAD_URL', 400), 'validation_failed', 400],
    [fastifyError('FST_ERR_UNKNOWN', 400), 'validation_failed', 400],
    [fastifyError('FST_ERR_UNKNOWN', 500), 'internal_error', 500],
    [
      new HttpException('x', 413, { cause: fastifyError('FST_ERR_CTP_BODY_TOO_LARGE', 413) }),
      'payload_too_large',
      413,
    ],
    [new Error('secret'), 'internal_error', 500],
    [Object.assign(new Error('secret'), { statusCode: 200 }), 'internal_error', 500],
    ['secret', 'internal_error', 500],
    [undefined, 'internal_error', 500],
  ])('%o becomes %s', (error, code, status) => {
    const problem = problemOf(error);
    expect(problem.body).toMatchObject({ code, status });
    expect(problem.status).toBe(status);
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('of zod are faults: what callers send is refused where it is parsed', () => {
    const schema = z.object({ events: z.array(z.object({ timestamp: z.string() })) });
    const { error } = schema.safeParse({ events: [{ timestamp: 'x' }, {}] });
    expect(problemOf(error).body).toMatchObject({ code: 'internal_error' });
  });
});
