import { invalidInput, LandlordError } from '@landlord/kernel';
import { pageQuery } from '@landlord/saas';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { namedAsAsked } from './query-cursor.js';

const list = { query: pageQuery };

describe('a refused cursor', () => {
  it('is named as the caller gave it', () => {
    expect(namedAsAsked(invalidInput('cursor', 'is none'), list)).toMatchObject({
      code: 'validation_failed',
      message: 'query.cursor: is none',
      errors: [{ path: 'query.cursor', message: 'is none' }],
    });
  });

  it.each([
    ['of an operation without one', invalidInput('cursor', 'x'), { query: z.strictObject({}) }],
    ['of an operation without a query', invalidInput('cursor', 'x'), {}],
    ['of no operation', invalidInput('cursor', 'x'), null],
    ['of another field', invalidInput('limit', 'x'), list],
    ['of another kind', new LandlordError('not_found', 'x'), list],
    ['that is a fault', new Error('x'), list],
  ])('%s is left as it is', (_name, error, operation) => {
    expect(namedAsAsked(error, operation)).toBe(error);
  });
});
