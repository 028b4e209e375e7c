import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  isJsonObject,
  JSON_DEPTH_LIMIT,
  type JsonObject,
  type JsonValue,
  jsonFlaw,
  mergeDeep,
  sameJson,
} from './json.js';

const name = fc.constantFrom('a', 'b', 'c', 'é', '');
const leaf: fc.Arbitrary<JsonValue> = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
const shallow = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(name, leaf));
const objects = fc.dictionary(
  name,
  fc.oneof(shallow, fc.dictionary(name, shallow)),
) as fc.Arbitrary<JsonObject>;

describe('canonicalJson', () => {
  it.each<[JsonValue, string]>([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: { d: 1, c: [{ z: 1, y: 2 }] } }, '{"a":{"c":[{"y":2,"z":1}],"d":1}}'],
    [[3, 1, 2], '[3,1,2]'],
    [-0, '0'],
    [{ n: [-0] }, '{"n":[0]}'],
    ['é\n', '"é\\n"'],
    [null, 'null'],
    [JSON.parse('{"__proto__":1,"a":2}') as JsonValue, '{"__proto__":1,"a":2}'],
  ])('writes %j as %s', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it('is the same for every order of names, and reads back as the value', () => {
    fc.assert(
      fc.property(objects, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(sameJson(JSON.parse(canonicalJson(value)) as JsonValue, value)).toBe(true);
      }),
    );
  });
});

/** The definition that spellings were first hashed under; kept ones must not change. */
function firstSpelling(value: JsonValue): string {
  const sorted = (each: JsonValue): JsonValue => {
    if (Array.isArray(each)) return each.map(sorted);
    if (typeof each !== 'object' || each === null) return Object.is(each, -0) ? 0 : each;
    const entries = Object.entries(each as JsonObject).sort(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
  };
  return JSON.stringify(sorted(value));
}

it('spells every value as it was spelt from the beginning', () => {
  const name = fc.oneof(
    fc.string(),
    fc.nat({ max: 20 }).map(String),
    fc.constantFrom('__proto__', '01', '1a'),
  );
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(-0)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, (each) => {
      expect(canonicalJson(each)).toBe(firstSpelling(each));
    }),
  );
});

describe('sameJson', () => {
  it.each<[JsonValue, JsonValue, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [0, -0, true],
    [[1, 2], [2, 1], false],
    [1, '1', false],
    [{}, [], false],
    [null, {}, false],
    [{ a: null }, {}, false],
  ])('says of %j and %j: %s', (left, right, expected) => {
    expect(sameJson(left, right)).toBe(expected);
  });
});

describe('mergeDeep', () => {
  it.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: { x: 1, y: 2 } }, { a: { y: 3 } }, { a: { x: 1, y: 3 } }],
    [{ a: [1, 2, 3] }, { a: [4] }, { a: [4] }],
    [{ a: { x: 1 } }, { a: null }, { a: null }],
    [{ a: 1 }, { a: { x: 1 } }, { a: { x: 1 } }],
    [{ a: { x: 1 } }, { a: {} }, { a: { x: 1 } }],
    [{ a: 1 }, {}, { a: 1 }],
  ])('%j with %j is %j', (base, patch, expected) => {
    expect(mergeDeep(base, patch)).toEqual(expected);
  });

  it('changes neither argument, and merging twice is merging once', () => {
    fc.assert(
      fc.property(objects, objects, (base, patch) => {
        const before = canonicalJson([base, patch]);
        const merged = mergeDeep(base, patch);
        expect(canonicalJson([base, patch])).toBe(before);
        expect(mergeDeep(merged, patch)).toEqual(merged);
        expect(mergeDeep(base, {})).toEqual(base);
      }),
    );
  });

  it('keeps a __proto__ of the sender as a name, where the check for flaws finds it', () => {
    const patch = JSON.parse('{"deep":{"__proto__":{"isAdmin":true}}}') as JsonObject;
    const merged = mergeDeep({ deep: { a: 1 } }, patch);
    expect(merged.deep).not.toHaveProperty('isAdmin');
    expect(jsonFlaw(merged)).toEqual({ path: 'deep.__proto__', message: 'is a name that is not allowed' });
    expect({}).not.toHaveProperty('isAdmin');
  });
});

describe('jsonFlaw', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['NaN', { n: Number.NaN }, 'n', /finite/],
    ['Infinity', [1, Number.POSITIVE_INFINITY], '1', /finite/],
    ['NUL in text', { a: { b: 'x\u0000' } }, 'a.b', /NUL/],
    ['half a surrogate pair', { a: ['\ud800'] }, 'a.0', /surrogate/],
    ['NUL in a name', { 'a\u0000': 1 }, 'a\u0000', /NUL/],
    ['undefined', { a: undefined }, 'a', /undefined/],
    ['a bigint', { a: 1n }, 'a', /bigint/],
    ['a function', [() => 1], '0', /function/],
    ['__proto__', JSON.parse('{"a":{"__proto__":1}}'), 'a.__proto__', /not allowed/],
    ['constructor', { constructor: 1 }, 'constructor', /not allowed/],
    ['prototype', { a: [{ prototype: 1 }] }, 'a.0.prototype', /not allowed/],
    ['the whole', Number.NaN, '', /finite/],
  ])('names %s by its path', (_what, value, path, message) => {
    expect(jsonFlaw(value)).toEqual({ path, message: expect.stringMatching(message) });
  });

  it.each([
    [null],
    [0],
    [-0],
    [''],
    ['\u{1F600}'],
    [true],
    [[]],
    [{}],
    [{ toString: 1 }],
    [Number.MAX_VALUE],
  ])('finds none in %j', (value) => {
    expect(jsonFlaw(value)).toBeNull();
  });

  it.each([
    [JSON_DEPTH_LIMIT, true],
    [JSON_DEPTH_LIMIT + 1, false],
    [100_000, false],
  ])('of %i levels: %s', (levels, isFine) => {
    expect(jsonFlaw(nested(levels)) === null).toBe(isFine);
  });

  it('finds none in ordinary objects', () => {
    fc.assert(
      fc.property(objects, (value) => {
        expect(jsonFlaw(value)).toBeNull();
      }),
    );
  });
});

it.each<[unknown, boolean]>([
  [{}, true],
  [[], false],
  [null, false],
  ['text', false],
  [() => 1, false],
])('isJsonObject(%o) is %s', (value, expected) => {
  expect(isJsonObject(value)).toBe(expected);
});

function nested(levels: number): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
