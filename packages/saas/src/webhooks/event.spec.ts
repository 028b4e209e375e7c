import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, matches, patternFlaw } from './event.js';
import { EVENT_NAMES, EVENT_SOURCES } from './event-source.item.js';

describe('patterns', () => {
  it.each([
    [['*'], 'subscription.renewed', true],
    [['subscription.*'], 'subscription.renewed', true],
    [['subscription.renewed'], 'subscription.renewed', true],
    [['subscription.renewed'], 'subscription.renewed_again', false],
    [['subscription'], 'subscription.renewed', false],
    [['sub.*'], 'subscription.renewed', false],
    [['subscription.re.*'], 'subscription.renewed', false],
    [['.*'], 'subscription.renewed', false],
    [['webhook.*'], 'subscription.renewed', false],
    [['webhook.*', 'subscription.*'], 'subscription.renewed', true],
    [[], 'subscription.renewed', false],
  ])('%j means %s: %s', (patterns, name, expected) => {
    expect(matches(patterns, name)).toBe(expected);
  });

  it.each([
    ['*', null],
    ['subscription.*', null],
    ['subscription.renewed', null],
    ['subscription.nothing', 'means no event'],
    ['invoice.*', 'means no event'],
    ['**', 'means no event'],
    ['.*', 'means no event'],
  ])('%s: %s', (pattern, flaw) => {
    expect(patternFlaw(pattern, EVENT_NAMES)?.slice(0, 14) ?? null).toBe(flaw);
  });

  it('a pattern without a flaw means a known event, and the other way round', () => {
    const part = fc.constantFrom('subscription', 'webhook', 'renewed', 'test', '*', '');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 3 }), (parts) => {
        const pattern = parts.join('.');
        const means = EVENT_NAMES.some((name) => matches([pattern], name));
        expect(patternFlaw(pattern, EVENT_NAMES) === null).toBe(means);
      }),
    );
  });
});

it('each type and each name of an event is told by one source', () => {
  expect(new Set(EVENT_SOURCES.map(({ type }) => type)).size).toBe(EVENT_SOURCES.length);
  expect(new Set(EVENT_NAMES).size).toBe(EVENT_NAMES.length);
});

it('a body says type and time first, and whose it is; what it tells cannot change that', () => {
  const event = { id: 'e1', name: 'webhook.test', occurredAt: '2024-01-01T00:00:00.000Z', endpointId: null };
  expect(bodyOf({ ...event, data: { n: 1 } }, 'acme')).toBe(
    '{"type":"webhook.test","timestamp":"2024-01-01T00:00:00.000Z","data":{"id":"e1","tenantCode":"acme","n":1}}',
  );
  expect(JSON.parse(bodyOf({ ...event, data: { tenantCode: 'other', id: 'x' } }, 'acme')).data).toEqual({
    id: 'e1',
    tenantCode: 'acme',
  });
});
