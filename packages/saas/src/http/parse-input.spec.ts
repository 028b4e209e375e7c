import { LandlordError, Quantity } from '@landlord/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ISSUES_LIMIT } from './input-issues.js';
import { defineOperation } from './operation.js';
import { parseInput } from './parse-input.js';
import { instant, integer, month, pageQuery, quantity, text } from './schemas.js';

const event = z.strictObject({
  id: text({ max: 5 }),
  at: instant,
  quantity: quantity.default(() => Quantity.one),
});
const cloudEvent = z.strictObject({
  specversion: z.literal('1.0'),
  data: z.strictObject({ size: integer({ max: 9 }) }),
});

const operation = defineOperation({
  method: 'POST',
  path: '/events/:month',
  summary: 'Events',
  tag: 'Events',
  roles: ['admin'],
  tenant: 'required',
  params: z.strictObject({ month }),
  query: pageQuery,
  body: z.union([z.array(event), z.strictObject({ events: z.array(event) }), cloudEvent]),
  response: { status: 200, schema: z.object({}), description: 'Taken.' },
});
const bodiless = defineOperation({
  ...operation,
  path: '/events',
  params: undefined as never,
  body: undefined as never,
});

const REQUEST = { params: { month: '2024-01' }, query: {}, headers: {}, body: [] as unknown };
const AT = '2024-01-31T10:00:00+02:00';

function issuesOf(change: object): [string, string][] {
  try {
    parseInput(operation, { ...REQUEST, ...change });
    return [];
  } catch (error) {
    if (!(error instanceof LandlordError)) throw error;
    expect(error.code).toBe('validation_failed');
    return error.errors.map(({ path, message }) => [path, message]);
  }
}

describe('input', () => {
  it('is what its schemas make of it', () => {
    const input = parseInput(operation, {
      params: { month: '2024-01' },
      query: { limit: '7' },
      headers: { 'if-match': '"4"' },
      body: [{ id: 'a', at: AT, quantity: '0.1' }],
    });
    expect(input).toEqual({
      params: { month: '2024-01' },
      query: { limit: 7 },
      body: [{ id: 'a', at: '2024-01-31T08:00:00.000Z', quantity: Quantity.of('0.1') }],
      ifMatch: 4,
    });
  });

  it.each<[string, object, [string, string | RegExp][]]>([
    ['no body', { body: undefined }, [['', 'the request needs a JSON body']]],
    [
      'an index',
      {
        body: [
          { id: 'a', at: AT },
          { id: 'b', at: 'now' },
        ],
      },
      [['1.at', /ISO 8601/]],
    ],
    ['a deep index', { body: { events: [{ id: 'a', at: 'now' }] } }, [['events.0.at', /ISO 8601/]]],
    ['a missing field', { body: [{ id: 'a' }] }, [['0.at', 'is required']]],
    ['a wrong type', { body: [{ id: 1, at: AT }] }, [['0.id', 'must be a string, not a number']]],
    ['null', { body: [{ id: null, at: AT }] }, [['0.id', 'must be a string, not null']]],
    [
      'an unknown field',
      { body: [{ id: 'a', at: AT, x: 1, y: 2 }] },
      [
        ['0.x', /not a field/],
        ['0.y', /not a field/],
      ],
    ],
    [
      'a quantity of no kind',
      { body: [{ id: 'a', at: AT, quantity: true }] },
      [['0.quantity', /number or a decimal string/]],
    ],
    [
      'a quantity too fine',
      { body: [{ id: 'a', at: AT, quantity: '0.0000000001' }] },
      [['0.quantity', /not a quantity/]],
    ],
    [
      'the nearest shape',
      { body: { specversion: '1.0', data: { size: 10 } } },
      [['data.size', 'must be at most 9']],
    ],
    ['an unsafe integer', { body: { specversion: '1.0', data: { size: 2 ** 53 } } }, [['data.size', /.*/]]],
    ['no shape at all', { body: 'x' }, [['', /must be an array, not a string, or must be an object/]]],
    ['NUL', { body: [{ id: 'a\u0000', at: AT }] }, [['0.id', 'contains a NUL character']]],
    [
      'half a surrogate pair',
      { body: [{ id: '\ud83d', at: AT }] },
      [['0.id', 'contains half of a surrogate pair']],
    ],
    ['a blank', { body: [{ id: '  ', at: AT }] }, [['0.id', 'must not be blank']]],
    ['emptiness', { body: [{ id: '', at: AT }] }, [['0.id', 'must not be empty']]],
    ['params', { params: { month: '2024-13' } }, [['params.month', /YYYY-MM/]]],
    [
      'a query',
      { query: { limit: '0', x: '1' } },
      [
        ['query.limit', /1 to 200/],
        ['query.x', /not a field/],
      ],
    ],
    ['a repeated query', { query: { limit: ['1', '2'] } }, [['query.limit', /whole number/]]],
    ['a header', { headers: { 'if-match': '4' } }, [['headers.if-match', /double quotes/]]],
  ])('names %s', (_name, change, expected) => {
    const issues = issuesOf(change);
    expect(issues.map(([path]) => path)).toEqual(expected.map(([path]) => path));
    for (const [index, [, message]] of expected.entries()) {
      if (typeof message === 'string') expect(issues[index]?.[1]).toBe(message);
      else expect(issues[index]?.[1]).toMatch(message);
    }
  });

  it('names a bounded number of things', () => {
    expect(issuesOf({ body: Array.from({ length: 10_000 }, () => ({})) })).toHaveLength(ISSUES_LIMIT);
    const names = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`name-${index}`, 1]));
    expect(issuesOf({ body: [{ id: 'a', at: AT, ...names }] })).toHaveLength(ISSUES_LIMIT);
    const [[path = ''] = []] = issuesOf({ body: [{ id: 'a', at: AT, ['x'.repeat(10_000)]: 1 }] });
    expect(path.length).toBeLessThan(100);
  });

  it('may be left out where the operation takes no body', () => {
    for (const body of [undefined, null, {}, []])
      expect(parseInput(bodiless, { ...REQUEST, body })).toMatchObject({ body: undefined });
    expect(() => parseInput(bodiless, { ...REQUEST, body: { a: 1 } })).toThrow(
      'this operation takes no body',
    );
  });

  it('is either taken or refused, whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.string()), (body, query) => {
        for (const [path, message] of issuesOf({ body, query })) {
          expect(path.isWellFormed()).toBe(true);
          expect(message).not.toBe('');
        }
      }),
    );
  });
});
