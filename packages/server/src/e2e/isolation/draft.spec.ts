import { describe, expect, it } from 'vitest';
import { type WalkedOperation } from './document.js';
import { type Draft, replacedAt, sentText, textsWithin, wireRequest } from './draft.js';
import { carrying, placeName, placesOf } from './place.js';

const operation: WalkedOperation = {
  id: 'patchThingsByCode',
  method: 'PATCH',
  path: '/things/{code}',
  roles: ['admin'],
  parameters: [
    { in: 'path', name: 'code', schema: {} },
    { in: 'query', name: 'dry', schema: {} },
    { in: 'header', name: 'If-Match', schema: {} },
  ],
  body: {},
};
const draft: Draft = {
  operation,
  path: { code: 'own' },
  query: [['dry', 'yes']],
  headers: {},
  body: [{ id: 'x' }],
};

describe('a draft', () => {
  it('becomes a request', () => {
    expect(wireRequest(draft)).toEqual({
      method: 'PATCH',
      target: '/things/own?dry=yes',
      headers: { 'content-type': 'application/json' },
      body: '[{"id":"x"}]',
    });
  });

  it('is known to have sent what a server can decode', () => {
    const sent = sentText({
      method: 'GET',
      target: '/x%2523Y',
      headers: { a: ['B%20c'] },
      body: '{"d":"E"}',
    });
    for (const text of ['x#y', 'b c', 'e']) expect(sent).toContain(text);
  });

  it('names its texts, and takes others in their places', () => {
    expect(textsWithin({ a: ['x', 1], b: { c: 'y' } })).toEqual([
      { pointer: ['a', 0], text: 'x' },
      { pointer: ['b', 'c'], text: 'y' },
    ]);
    expect(replacedAt({ a: ['x', 1] }, ['a', 0], null)).toEqual({ a: [null, 1] });
    expect(replacedAt(undefined, ['a'], 'x')).toEqual({ a: 'x' });
  });

  it('has a place for each of its parts', () => {
    const names = placesOf(operation, draft).map(placeName);
    expect(names).toEqual(
      expect.arrayContaining([
        'path:code',
        'query:dry',
        'header:If-Match',
        'body:0.id',
        'credentials',
        'replay',
      ]),
    );
    expect(names).toContain('header:X-Tenant-Code');
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a value carried', () => {
  const carried = { path: 'v%20', query: ['v', 'w'], header: 'v', body: ['v'] };

  it.each([
    [{ kind: 'path', name: 'code' } as const, { target: '/things/v%20?dry=yes' }],
    [{ kind: 'query', name: 'dry' } as const, { target: '/things/own?dry=v&dry=w' }],
    [{ kind: 'header', name: 'If-Match' } as const, { headers: { 'if-match': 'v' } }],
    [{ kind: 'body', pointer: [0, 'id'] } as const, { body: '[{"id":["v"]}]' }],
    [{ kind: 'field', name: 'more' } as const, { body: '[{"id":"x","more":["v"]}]' }],
  ])('stands at %j', (place, expected) => {
    const made = carrying(draft, place, carried);
    expect(made && wireRequest(made)).toMatchObject(expected);
  });

  it('is left out where it cannot stand', () => {
    expect(carrying(draft, { kind: 'header', name: 'X' }, { header: 'v\0' })).toBeNull();
    expect(carrying(draft, { kind: 'path', name: 'code' }, { body: 'v' })).toBeNull();
  });
});
