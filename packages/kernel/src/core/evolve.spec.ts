import { describe, expect, it } from 'vitest';
import { JSON_BYTES_LIMIT, type JsonObject, type JsonValue } from '../pure/json.js';
import { AT, full, increment, originOf, partial } from '../testing/fixtures.js';
import { type Command, type Refusal } from './command.js';
import { evolve } from './evolve.js';
import { type Item } from './item.js';

const SK = 'THING#1';
const LATER = '2024-02-01T00:00:00.000Z';
const later = originOf({ userId: 'usr-2', requestId: 'req-2', source: 'later', at: LATER });
const LARGEST = `${'9'.repeat(30)}.${'9'.repeat(9)}`;

function changed(current: Item | null, command: Command, origin = originOf()): Item {
  const evolution = evolve(current, command, origin);
  if (evolution.status !== 'changed') throw new Error(`not changed: ${JSON.stringify(evolution)}`);
  return evolution.item;
}

function refusal(current: Item | null, command: Command): Refusal {
  const evolution = evolve(current, command, originOf());
  if (evolution.status !== 'refused') throw new Error(`not refused: ${evolution.status}`);
  return evolution.refusal;
}

const attributes = { n: 1, text: 'x', deep: { x: 1, y: [1, 2] } };
const thing = changed(null, full('acme', SK, { attributes, dueAt: AT }));
const deleted = changed(thing, partial('acme', SK, { version: 1, isDeleted: true }));

describe('a new item', () => {
  it('has version 1 and names who made it', () => {
    expect(thing).toEqual({
      pk: 'TENANT#acme',
      sk: SK,
      version: 1,
      tenantCode: 'acme',
      type: 'THING',
      code: '1',
      name: `name of ${SK}`,
      attributes,
      isDeleted: false,
      dueAt: AT,
      createdAt: AT,
      createdBy: 'usr-1',
      updatedAt: AT,
      updatedBy: 'usr-1',
      requestId: 'req-1',
      source: 'test',
    });
  });

  it('keeps who made it when somebody else changes it', () => {
    const { version, createdAt, createdBy, updatedAt, updatedBy, requestId, source } = changed(
      thing,
      partial('acme', SK, { version: 1, name: 'new' }),
      later,
    );
    expect([version, createdAt, createdBy]).toEqual([2, AT, 'usr-1']);
    expect([updatedAt, updatedBy, requestId, source]).toEqual([LATER, 'usr-2', 'req-2', 'later']);
  });
});

describe('a change', () => {
  const whole = { attributes: { only: true } };
  const starting = {
    initial: { tenantCode: 'acme', type: 'THING', code: '1', name: 'n', attributes: { n: 5 } },
  };

  it.each<[string, Item | null, Command, Partial<Item>]>([
    ['replaces the whole', thing, full('acme', SK, { version: 1, ...whole }), { ...whole, dueAt: null }],
    ['makes a deleted item anew', deleted, full('acme', SK, { version: 2, ...whole }), { isDeleted: false }],
    [
      'merges deeply',
      thing,
      patch({ deep: { z: 3 } }),
      { attributes: { ...attributes, deep: { ...attributes.deep, z: 3 } } },
    ],
    [
      'replaces arrays',
      thing,
      patch({ deep: { y: [] } }),
      { attributes: { ...attributes, deep: { x: 1, y: [] } } },
    ],
    ['sets null', thing, patch({ deep: null }), { attributes: { ...attributes, deep: null } }],
    [
      'moves the due time',
      thing,
      partial('acme', SK, { version: 1, dueAt: LATER }),
      { dueAt: LATER, attributes },
    ],
    [
      'takes the due time away',
      thing,
      partial('acme', SK, { version: 1, dueAt: null }),
      { dueAt: null, name: thing.name },
    ],
    [
      'renames',
      thing,
      partial('acme', SK, { version: 1, code: '2', name: 'b' }),
      { code: '2', name: 'b', attributes },
    ],
    ['deletes', thing, partial('acme', SK, { version: 1, isDeleted: true }), { isDeleted: true, attributes }],
    [
      'restores',
      deleted,
      partial('acme', SK, { version: 2, isDeleted: false }),
      { isDeleted: false, version: 3 },
    ],
    ['adds', thing, increment('acme', SK, { n: '0.5' }), { attributes: { ...attributes, n: 1.5 } }],
    ['subtracts', thing, increment('acme', SK, { n: '-3' }), { attributes: { ...attributes, n: -2 } }],
    [
      'adds deep down',
      thing,
      increment('acme', SK, { 'deep.x': '1' }),
      { attributes: { ...attributes, deep: { ...attributes.deep, x: 2 } } },
    ],
    [
      'counts from 0',
      thing,
      increment('acme', SK, { 'a.b': '1' }),
      { attributes: { ...attributes, a: { b: 1 } } },
    ],
    [
      'starts from the initial item',
      null,
      increment('acme', SK, { n: '2' }, starting),
      { attributes: { n: 7 }, version: 1 },
    ],
    [
      'starts without a delta',
      null,
      increment('acme', SK, {}, starting),
      { attributes: { n: 5 }, version: 1 },
    ],
    [
      'ignores the initial item later',
      thing,
      increment('acme', SK, { n: '1' }, starting),
      { attributes: { ...attributes, n: 2 } },
    ],
  ])('%s', (_what, current, command, expected) => {
    expect(changed(current, command)).toMatchObject(expected);
  });

  it('adds decimals exactly, as text where a number could not', () => {
    const tenths = changed(withNumber(0.1), increment('acme', SK, { n: '0.2' }));
    expect(tenths.attributes.n).toBe(0.3);
    const large = changed(withNumber('123456789012345678'), increment('acme', SK, { n: '0.000000001' }));
    expect(large.attributes.n).toBe('123456789012345678.000000001');
  });
});

describe('nothing changes', () => {
  it.each<[string, Command]>([
    ['the same in another order', full('acme', SK, { version: 1, attributes: reversed(), dueAt: AT })],
    ['an empty partial', partial('acme', SK, { version: 1 })],
    ['the same name', partial('acme', SK, { version: 1, name: thing.name, attributes: { n: 1 } })],
    ['an increment by 0', increment('acme', SK, { n: '0', 'deep.x': '-0.0' })],
    ['no increments', increment('acme', SK, {})],
  ])('with %s', (_what, command) => {
    expect(evolve(thing, command, later)).toEqual({ status: 'unchanged' });
  });
});

describe('a refusal', () => {
  const key = { pk: 'TENANT#acme', sk: SK };
  const bounded = (by: string, bounds: { min?: string; max?: string }): Command => ({
    kind: 'increment',
    ...key,
    increments: [{ path: ['n'], by, ...bounds }],
  });
  const conflict = (givenVersion: number, currentVersion: number) => ({
    reason: 'version_conflict',
    key,
    givenVersion,
    currentVersion,
  });
  const notNumeric = (attribute: string) => ({ reason: 'not_numeric', key, attribute });

  it.each<[string, Item | null, Command, object]>([
    ['creating again', thing, full('acme', SK), conflict(0, 1)],
    ['a stale version', deleted, full('acme', SK, { version: 1 }), conflict(1, 2)],
    ['a version to come', thing, patch({}, 2), conflict(2, 1)],
    ['a version of nothing', null, full('acme', SK, { version: 1 }), conflict(1, 0)],
    ['a part of nothing', null, patch({}), { reason: 'item_absent', key }],
    ['an increment of nothing', null, increment('acme', SK, { n: '1' }), { reason: 'item_absent', key }],
    [
      'an increment of a deleted item',
      deleted,
      increment('acme', SK, { n: '1' }),
      { reason: 'item_absent', key },
    ],
    ['an increment of text', thing, increment('acme', SK, { text: '1' }), notNumeric('text')],
    ['an increment of an object', thing, increment('acme', SK, { deep: '1' }), notNumeric('deep')],
    ['an increment inside a number', thing, increment('acme', SK, { 'n.x': '1' }), notNumeric('n.x')],
    ['an increment by an exponent', thing, increment('acme', SK, { n: '1e3' }), notNumeric('n')],
    ['an increment by ten places', thing, increment('acme', SK, { n: '0.0000000001' }), notNumeric('n')],
    [
      'an increment of nowhere',
      thing,
      { kind: 'increment', ...key, increments: [{ path: [], by: '1' }] },
      notNumeric(''),
    ],
    [
      'going below',
      thing,
      bounded('-1.5', { min: '0' }),
      { reason: 'out_of_bounds', key, attribute: 'n', current: '1', by: '-1.5', bound: '0' },
    ],
    ['going above', thing, bounded('0.1', { max: '1' }), { reason: 'out_of_bounds', bound: '1' }],
    [
      'what could not be read back',
      withNumber(LARGEST),
      increment('acme', SK, { n: '0.000000001' }),
      { reason: 'out_of_bounds', current: LARGEST, bound: LARGEST },
    ],
  ])('of %s', (_what, current, command, expected) => {
    expect(refusal(current, command)).toMatchObject(expected);
  });

  it.each<[string, Command]>([
    ['the bound itself', bounded('-1', { min: '0' })],
    ['the other bound', bounded('1', { max: '2' })],
  ])('does not come at %s', (_what, command) => {
    expect(evolve(thing, command, originOf()).status).toBe('changed');
  });
});

describe('what no store could keep', () => {
  const deep = (levels: number): JsonValue => (levels === 0 ? 1 : { a: deep(levels - 1) });
  const hostile = JSON.parse('{"deep":{"__proto__":{"isAdmin":true}}}') as JsonObject;

  it.each<[string, Item | null, Command, string, RegExp]>([
    ['no sort key', null, full('acme', ''), 'key', /sk is empty/],
    ["another tenant's partition", null, full('acme', SK, { pk: 'TENANT#other' }), 'pk', /tenant code acme/],
    [
      'a change of owner',
      thing,
      full('other', SK, { pk: 'TENANT#acme', version: 1 }),
      'pk',
      /tenant code other/,
    ],
    ['NUL', thing, patch({ a: 'x\u0000' }), 'attributes.a', /NUL/],
    ['half a character', thing, patch({ a: ['\udfff'] }), 'attributes.a.0', /surrogate/],
    ['NaN', thing, patch({ n: Number.NaN }), 'attributes.n', /finite/],
    ['too many levels', null, full('acme', SK, { attributes: { a: deep(40) } }), '', /deeper than 32/],
    ['__proto__ in a part', thing, patch(hostile), 'attributes.deep.__proto__', /not allowed/],
    [
      '__proto__ in the whole',
      null,
      full('acme', SK, { attributes: hostile }),
      'attributes.deep.__proto__',
      /not allowed/,
    ],
    ['constructor', thing, patch({ constructor: 1 }), 'attributes.constructor', /not allowed/],
    ['a NUL in the name', thing, partial('acme', SK, { version: 1, name: '\u0000' }), 'name', /NUL/],
    ['too much', thing, patch({ a: 'x'.repeat(JSON_BYTES_LIMIT) }), 'attributes', /larger than/],
  ])('is refused: %s', (_what, current, command, path, message) => {
    const refused = refusal(current, command);
    expect(refused).toMatchObject({ reason: 'unstorable', message: expect.stringMatching(message) });
    expect(refused.reason === 'unstorable' && refused.path.startsWith(path)).toBe(true);
  });

  it('is told of Infinity even where JSON would write null', () => {
    const nothing = changed(null, full('acme', SK, { attributes: { n: null } }));
    expect(refusal(nothing, patch({ n: Number.POSITIVE_INFINITY }))).toMatchObject({ path: 'attributes.n' });
  });

  it('does not exhaust the stack, however deep it is', () => {
    expect(refusal(thing, patch({ a: pile(100_000) }))).toMatchObject({ reason: 'unstorable' });
  });
});

function patch(given: JsonObject, version = 1): Command {
  return partial('acme', SK, { version, attributes: given });
}

function withNumber(n: number | string): Item {
  return changed(null, full('acme', SK, { attributes: { n } }));
}

function reversed(): JsonObject {
  return { deep: { y: [1, 2], x: 1 }, text: 'x', n: 1 };
}

function pile(levels: number): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
