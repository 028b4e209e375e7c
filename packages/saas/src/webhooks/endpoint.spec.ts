import { expect, it } from 'vitest';
import { type Endpoint, isOpen, standingAfter, WELL } from './endpoint.js';

const NOW = '2024-01-10T00:00:00.000Z';
const JUST_NOW = '2024-01-05T00:00:00.001Z';
const FIVE_DAYS_AGO = '2024-01-05T00:00:00.000Z';
const ENDPOINT: Endpoint = {
  id: 'e',
  url: 'https://example.com/',
  description: null,
  events: ['*'],
  isActive: true,
  secretId: 's',
  previousSecretUntil: null,
  replaySince: null,
  ...WELL,
};
const failing = (failingSince: string) => ({ ...ENDPOINT, failingSince });
const disabled = { ...failing(FIVE_DAYS_AGO), disabledAt: NOW, disabledReason: 'x' };

it.each([
  ['well, delivered', ENDPOINT, 'delivered', null],
  ['well, failed', ENDPOINT, 'failed', { failingSince: NOW, disabledAt: null, disabledReason: null }],
  ['failing, delivered', failing(JUST_NOW), 'delivered', WELL],
  ['failing for less than five days', failing(JUST_NOW), 'failed', null],
  [
    'failing for five days',
    failing(FIVE_DAYS_AGO),
    'failed',
    {
      failingSince: FIVE_DAYS_AGO,
      disabledAt: NOW,
      disabledReason: `nothing was delivered since ${FIVE_DAYS_AGO}, for 5 days`,
    },
  ],
  [
    'gone',
    ENDPOINT,
    'gone',
    { failingSince: NOW, disabledAt: NOW, disabledReason: 'it answered that it is gone for good (410)' },
  ],
  ['disabled, failed', disabled, 'failed', null],
  ['disabled, delivered', disabled, 'delivered', null],
] as const)('%s', (_case, endpoint, outcome, expected) => {
  expect(standingAfter(endpoint, outcome, { now: NOW, disableAfterDays: 5 })).toEqual(expected);
});

it.each([
  [true, null, true],
  [false, null, false],
  [true, NOW, false],
  [false, NOW, false],
])('active %s, disabled at %s: events are sent: %s', (isActive, disabledAt, expected) => {
  expect(isOpen({ isActive, disabledAt })).toBe(expected);
});
