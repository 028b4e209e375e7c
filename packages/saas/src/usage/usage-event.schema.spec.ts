import { type LandlordError } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineOperation, parseInput } from '../http/index.js';
import { EVENTS_LIMIT, eventsBody } from './usage-event.schema.js';

const operation = defineOperation({
  method: 'POST',
  path: '/usage/events',
  summary: 'Record usage events',
  tag: 'Usage',
  roles: ['admin'],
  tenant: 'required',
  body: eventsBody,
  response: { status: 200, schema: z.any(), description: 'Any.' },
});

const event = { id: 'req-1', metric: 'apiCalls' };
const cloudEvent = { specversion: '1.0', id: 'req-1', source: '/gateway', type: 'apiCalls' };

function parsed(body: unknown) {
  return parseInput(operation, { params: {}, query: {}, body, headers: {} }).body;
}

/** `path: message` of everything refused. */
function refused(body: unknown): string[] {
  try {
    parsed(body);
  } catch (error) {
    return (error as LandlordError).errors.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

/** A good event, and behind it one with the given fields. */
function second(fields: object): unknown {
  return [event, { ...event, ...fields }];
}

describe('quantities', () => {
  it.each<[unknown, RegExp]>([
    [JSON.parse('1e400'), /must be a number/],
    [Number.NaN, /must be a number/],
    [2 ** 53, /cannot be taken exactly.*decimal string/],
    [0.1 + 0.2, /cannot be taken exactly.*decimal string/],
    [1e-10, /cannot be taken exactly/],
    ['1e5', /"1e5" is not a quantity/],
    ['+1', /"\+1" is not a quantity/],
    ['', /"" is not a quantity/],
    [' 1', /not a quantity/],
    ['0x10', /not a quantity/],
    ['1'.repeat(31), /up to 30 digits/],
    ['1'.repeat(1_000_000), /64/],
    [null, /must be a number/],
    [true, /must be a number/],
    [['1'], /must be a number/],
    [{ set: 1 }, /must be a number/],
  ])('refuses %s', (quantity, message) => {
    const expected = [expect.stringMatching(message)];
    expect(refused(second({ quantity }))).toEqual(expected);
    expect(refused(second({ quantity }))[0]).toMatch(/^1\.quantity: .{1,250}$/);
    expect(refused(second({ set: quantity }))[0]).toMatch(/^1\.set: /);
    expect(refused([event, { ...cloudEvent, data: { quantity } }])[0]).toMatch(/^1\.data\.quantity: /);
  });

  it.each<[unknown, string]>([
    [-0, '0'],
    [0.1, '0.1'],
    ['1.50', '1.5'],
    ['-2', '-2'],
    ['1'.repeat(30), '1'.repeat(30)],
  ])('takes %s as %s', (quantity, expected) => {
    const [, taken] = parsed(second({ quantity })) as { quantity?: { toString(): string } }[];
    expect(String(taken?.quantity)).toBe(expected);
  });
});

describe('an event', () => {
  it.each<[string, object, string, RegExp]>([
    ['a misspelt field', { qty: 1 }, '1.qty', /not a field/],
    ['__proto__', JSON.parse('{"__proto__":{"isAdmin":true}}'), '1.__proto__', /not a field/],
    ['NUL in the id', { id: 'a\u0000' }, '1.id', /NUL/],
    ['half a surrogate pair', { id: '\ud800' }, '1.id', /surrogate/],
    ['a blank id', { id: ' ' }, '1.id', /blank/],
    ['a long id', { id: 'x'.repeat(256) }, '1.id', /at most 255/],
    ['a number for an id', { id: 1 }, '1.id', /string/],
    ['no metric', { metric: undefined }, '1.metric', /required/],
    ['another version of CloudEvents', { specversion: '0.3' }, '1.specversion', /1\.0/],
    ['too many properties', { properties: namesOf(33) }, '1.properties', /at most 32 names/],
    ['nested properties', { properties: { a: { b: 1 } } }, '1.properties.a', /must be a string/],
    ['infinite properties', { properties: { a: Number.POSITIVE_INFINITY } }, '1.properties.a', /beyond/],
    ['a NUL among the properties', { properties: { a: '\u0000' } }, '1.properties.a', /NUL/],
    ['a long property', { properties: { a: 'x'.repeat(501) } }, '1.properties.a', /at most 500/],
    ['a list of properties', { properties: [] }, '1.properties', /not an array/],
  ])('is refused for %s', (_what, fields, path, message) => {
    const body = [event, Object.defineProperties({ ...event }, Object.getOwnPropertyDescriptors(fields))];
    expect(refused(body)).toEqual([expect.stringMatching(message)]);
    expect(refused(body)[0]).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `));
  });

  it.each([
    ['2024-02-30T00:00:00Z', /no such day/],
    ['2023-02-29T00:00:00Z', /no such day/],
    ['2024-01-01T00:00:00', /with an offset/],
    ['2024-01-01', /with an offset/],
    ['2024-01-01T00:00Z', /with an offset/],
    ['2024-01-01T24:00:00Z', /no such time/],
    ['2024-12-31T23:59:60Z', /leap seconds/],
    ['2024-01-01T00:00:00+15:00', /no such offset/],
    ['1969-12-31T23:59:59Z', /1970/],
    ['9999-12-31T23:59:59-01:00', /between 1970-01-02/],
    [1_704_067_200_000, /string/],
    ['', /with an offset/],
  ])('is refused at %s', (timestamp, message) => {
    expect(refused(second({ timestamp }))).toEqual([expect.stringMatching(message)]);
    expect(refused(second({ timestamp }))[0]).toMatch(/^1\.timestamp: /);
    expect(refused([event, { ...cloudEvent, time: timestamp }])[0]).toMatch(/^1\.time: /);
  });

  it('is at an instant in UTC, to the millisecond', () => {
    expect(parsed([{ ...event, timestamp: '2024-03-01T00:30:00.1239+09:00' }])).toEqual([
      { ...event, timestamp: '2024-02-29T15:30:00.123Z' },
    ]);
  });

  it('takes no prototype from its properties', () => {
    const [taken] = parsed(
      JSON.parse('[{"id":"a","metric":"apiCalls","properties":{"__proto__":{"isAdmin":true},"b":1}}]'),
    ) as { properties?: object }[];
    expect(Object.entries(taken?.properties ?? {})).toEqual([['b', 1]]);
    expect(taken?.properties).not.toHaveProperty('isAdmin');
  });
});

describe('a CloudEvent', () => {
  it('may stand alone, among own events, and with extensions', () => {
    expect(parsed(cloudEvent)).toEqual(cloudEvent);
    expect(parsed([event, cloudEvent])).toEqual([event, cloudEvent]);
    const extended = { ...cloudEvent, data: null, subject: '', traceparent: 'any' };
    expect(parsed([extended])).toEqual([extended]);
  });

  it.each<[object, string]>([
    [{ source: undefined }, '0.source'],
    [{ source: 'x'.repeat(2_001) }, '0.source'],
    [{ type: 1 }, '0.type'],
    [{ data: 'text' }, '0.data'],
    [{ data: { qty: 1 } }, '0.data.qty'],
    [JSON.parse('{"data":{"__proto__":{}}}'), '0.data.__proto__'],
  ])('with %j is refused at %s', (fields, path) => {
    expect(refused([{ ...cloudEvent, ...fields }])).toEqual([expect.stringContaining(`${path}: `)]);
  });
});

describe('a request', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, ': the request needs a JSON body'],
    ['null', null, ': must be an array, not null, or must be an object, not null'],
    ['an empty list', [], ': must hold at least one event'],
    ['a list in a list', [[event]], '0: must be an object, not an array'],
    ['lists without end', [[[[]]]], '0: must be an object, not an array'],
    ['null in a list', [event, null], '1: must be an object, not null'],
    ['text in a list', ['event'], '0: must be an object, not a string'],
  ])('of %s is refused', (_what, body, expected) => {
    expect(refused(body)).toEqual([expected]);
  });

  it('holds 10,000 events and not one more', () => {
    const most = Array<unknown>(EVENTS_LIMIT).fill(event);
    expect(EVENTS_LIMIT).toBe(10_000);
    expect(parsed(most)).toHaveLength(EVENTS_LIMIT);
    expect(refused([...most, event])).toEqual([expect.stringContaining('at most 10000 events')]);
  });

  it('is told of the first fifty flaws, by index', () => {
    const issues = refused(Array(EVENTS_LIMIT).fill({ ...event, id: 1 }));
    expect(issues).toHaveLength(50);
    expect(issues[49]).toBe('49.id: must be a string, not a number');
  });
});

function namesOf(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`name${index}`, index]));
}
