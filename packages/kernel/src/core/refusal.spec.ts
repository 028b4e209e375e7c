import { expect, it } from 'vitest';
import { LandlordError } from '../pure/errors.js';
import { type Refusal } from './command.js';
import { refusalError } from './refusal.js';

const key = { pk: 'TENANT#acme', sk: 'USAGE#2024-01' };
const id = 'TENANT#acme#USAGE#2024-01';

it.each<[Refusal, Partial<LandlordError>]>([
  [
    { reason: 'version_conflict', key, givenVersion: 2, currentVersion: 4 },
    {
      code: 'version_conflict',
      message: `${id} is at version 4, not 2; read it again and repeat the change`,
      facts: { currentVersion: 4, givenVersion: 2 },
      errors: [],
    },
  ],
  [
    { reason: 'item_absent', key },
    { code: 'not_found', message: `${id} not found`, facts: {} },
  ],
  [
    { reason: 'out_of_bounds', key, attribute: 'n', current: '1', by: '-2', bound: '0' },
    {
      code: 'out_of_bounds',
      message: `n of ${id} is 1; changing it by -2 passes the bound 0`,
      facts: { attribute: 'n', current: '1', by: '-2', bound: '0' },
    },
  ],
  [
    { reason: 'not_numeric', key, attribute: 'a.b' },
    {
      code: 'validation_failed',
      message: `a.b of ${id} is not a number`,
      errors: [{ path: 'a.b', message: 'is not a number and cannot be incremented' }],
    },
  ],
  [
    { reason: 'unstorable', key, path: 'attributes.a', message: 'contains a NUL character' },
    {
      code: 'validation_failed',
      message: `attributes.a of ${id} contains a NUL character`,
      errors: [{ path: 'attributes.a', message: 'contains a NUL character' }],
    },
  ],
])('tells the caller of $reason', (refusal, expected) => {
  const error = refusalError(refusal);
  expect(error).toBeInstanceOf(LandlordError);
  expect(error).toMatchObject(expected);
});
