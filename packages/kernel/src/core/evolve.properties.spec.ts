import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Quantity } from '../pure/decimal.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../pure/json.js';
import { full, increment, originOf, partial } from '../testing/fixtures.js';
import { type Command, type CommandRecord, type Increment } from './command.js';
import { evolve, replay } from './evolve.js';
import { type Item } from './item.js';

const SK = 'THING#1';
const name = fc.constantFrom('a', 'b', 'n', 'm');
const leaf: fc.Arbitrary<JsonValue> = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.boolean());
const inner = fc.dictionary(name, fc.oneof(leaf, fc.array(leaf, { maxLength: 2 })));
const attributes = fc.dictionary(name, fc.oneof(leaf, inner)) as fc.Arbitrary<JsonObject>;
const decimal = fc
  .tuple(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 0, max: 999_999_999 }))
  .map(([whole, places]) => Quantity.of(`${whole}.${String(places).padStart(9, '0')}`).toString());
const deltas = fc.array(fc.tuple(fc.constantFrom('n', 'm', 'deep.n', 'deep.m'), decimal), { maxLength: 12 });

type Intention = (current: Item | null) => Command;
const intention: fc.Arbitrary<Intention> = fc.oneof(
  attributes.map(
    (given): Intention =>
      (current) =>
        full('acme', SK, { version: current?.version ?? 0, attributes: given }),
  ),
  fc.tuple(attributes, fc.boolean()).map(
    ([given, isDeleted]): Intention =>
      (current) =>
        partial('acme', SK, { version: current?.version ?? 0, attributes: given, isDeleted }),
  ),
  decimal.map(
    (by): Intention =>
      () =>
        increment('acme', SK, { n: by }),
  ),
);

/** Carries out what can be, and keeps the log as a store would: as JSON. */
function lived(intentions: readonly Intention[]): { item: Item | null; log: readonly CommandRecord[] } {
  let item: Item | null = null;
  const log: CommandRecord[] = [];
  for (const [index, intend] of intentions.entries()) {
    const origin = originOf({ requestId: `req-${index}` });
    const input = intend(item);
    const evolution = evolve(item, input, origin);
    if (evolution.status !== 'changed') continue;
    item = evolution.item;
    const { pk, sk, version, tenantCode, type } = item;
    log.push({
      pk,
      sk,
      version,
      tenantCode,
      type,
      kind: input.kind,
      input,
      item,
      position: '',
      link: null,
      isRedacted: false,
      ...origin,
    });
  }
  return { item, log: JSON.parse(JSON.stringify(log)) as CommandRecord[] };
}

const lives = fc.array(intention, { maxLength: 15 });

describe('the log', () => {
  it('leads to the state, version by version', () => {
    fc.assert(
      fc.property(lives, (intentions) => {
        const { item, log } = lived(intentions);
        expect(replay(log)).toEqual(item);
        expect(log.map(({ version }) => version)).toEqual(log.map((_, index) => index + 1));
        for (const [index, record] of log.entries())
          expect(replay(log.slice(0, index + 1))).toEqual(record.item);
      }),
    );
  });

  it('is refused when a line is missing or stands twice', () => {
    const { log } = lived([
      () => full('acme', SK, { attributes: { n: 0 } }),
      () => increment('acme', SK, { n: '1' }),
      () => increment('acme', SK, { n: '1' }),
    ]);
    expect(replay(log)?.attributes.n).toBe(2);
    expect(() => replay(log.toSpliced(1, 1))).toThrow(`${SK} does not lead to version 3`);
    expect(() => replay([...log, ...log.slice(-1)])).toThrow('does not lead to version 3');
  });
});

describe('increments', () => {
  it('lead to one state in whatever order, at once or one by one', () => {
    const shuffled = deltas.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        const oneByOne = given.map(
          (delta): Intention =>
            () =>
              command([delta]),
        );
        const state = lived([() => full('acme', SK), ...oneByOne]).item?.attributes;
        const atOnce = lived([() => full('acme', SK), () => command(other)]).item?.attributes;
        expect(numbersOf(atOnce ?? {})).toEqual(numbersOf(state ?? {}));
      }),
    );
  });

  it('never reach a prototype', () => {
    const part = fc.constantFrom('__proto__', 'constructor', 'prototype', 'polluted', 'toString', 'n');
    const path = fc.array(part, { minLength: 1, maxLength: 4 });
    const start = lived([() => full('acme', SK, { attributes: { n: 1 } })]).item;
    fc.assert(
      fc.property(path, (given) => {
        const increments: Increment[] = [{ path: given, by: '1' }];
        const evolution = evolve(start, { ...command([]), kind: 'increment', increments }, originOf());
        const isForbidden = given.some((each) => ['__proto__', 'constructor', 'prototype'].includes(each));
        if (isForbidden) expect(evolution.status).toBe('refused');
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect('polluted' in {}).toBe(false);
      }),
    );
  });

  function command(given: readonly (readonly [string, string])[]) {
    const increments = given.map(([path, by]) => ({ path: path.split('.'), by }));
    return { kind: 'increment' as const, pk: 'TENANT#acme', sk: SK, increments };
  }
});

describe('a part', () => {
  it('erases nothing it does not name', () => {
    fc.assert(
      fc.property(attributes, attributes, (base, patch) => {
        const start = lived([() => full('acme', SK, { attributes: base, dueAt: '2024-01-01' })]).item;
        const evolution = evolve(start, partial('acme', SK, { version: 1, attributes: patch }), originOf());
        if (evolution.status !== 'changed') return;
        expectKept(base, patch, evolution.item.attributes);
        expect(evolution.item).toMatchObject({ dueAt: '2024-01-01', name: start?.name, isDeleted: false });
      }),
    );
  });

  function expectKept(base: JsonObject, patch: JsonObject, after: JsonObject): void {
    for (const [key, value] of Object.entries(base)) {
      const change = patch[key];
      const kept = after[key];
      if (change === undefined) expect(kept).toEqual(value);
      else if (isJsonObject(value) && isJsonObject(change) && isJsonObject(kept))
        expectKept(value, change, kept);
      else expect(kept).toEqual(change);
    }
  }
});

it('a state said again changes nothing', () => {
  fc.assert(
    fc.property(lives, (intentions) => {
      const { item } = lived(intentions);
      fc.pre(item !== null);
      const again: readonly Command[] = [
        { kind: 'full', ...item },
        { kind: 'partial', ...item },
      ];
      for (const command of again) expect(evolve(item, command, originOf())).toEqual({ status: 'unchanged' });
    }),
  );
});

/** Numbers by their path; an absent one is 0, as an increment reads it. */
function numbersOf(object: JsonObject): Record<string, string> {
  const deep = isJsonObject(object.deep) ? object.deep : {};
  const numbers = { n: object.n, m: object.m, 'deep.n': deep.n, 'deep.m': deep.m };
  return Object.fromEntries(Object.entries(numbers).map(([path, value]) => [path, String(value ?? 0)]));
}
