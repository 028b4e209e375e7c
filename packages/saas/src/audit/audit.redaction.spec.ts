import { expect, it } from 'vitest';
import { shownId, withoutSecrets } from './audit.redaction.js';

const HASH = '3f9a01c2'.repeat(8);

it.each([
  [{ tokenHash: HASH }, { tokenHash: '[redacted]' }],
  [{ secret: { current: 'whsec_1' } }, { secret: '[redacted]' }],
  [{ deep: [{ keyHash: 'x', name: 'ci' }] }, { deep: [{ keyHash: '[redacted]', name: 'ci' }] }],
  [{ increments: [{ path: ['n'], by: '1' }] }, { increments: [{ path: ['n'], by: '1' }] }],
  [{ secret: null }, { secret: null }],
  [{ sk: `APIKEY#${HASH}` }, { sk: 'APIKEY#3f9a01c2...' }],
])('shows %j without its secrets', (command, expected) => {
  expect(withoutSecrets(command)).toEqual(expected);
});

it('shortens an id that is the hash of a secret, and no other', () => {
  expect(shownId(`TENANT#acme#APIKEY#${HASH}`)).toBe('TENANT#acme#APIKEY#3f9a01c2...');
  expect(shownId('TENANT#acme#SUBSCRIPTION#SUB-001')).toBe('TENANT#acme#SUBSCRIPTION#SUB-001');
});
