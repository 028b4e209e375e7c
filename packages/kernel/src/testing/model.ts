import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Command } from '../core/command.js';
import { evolve, replay } from '../core/evolve.js';
import { type Item } from '../core/item.js';
import { type Store, SYSTEM_SCOPE } from '../core/store.js';
import { type JsonObject } from '../pure/json.js';
import { compareText } from '../pure/keys.js';
import { everyPage } from './contract-queries.js';
import { commit, increment, originOf } from './fixtures.js';
import { type GetStores } from './store-contract.js';

/** What a store should hold: a map from sort key to item, changed by the same pure function. */
class Model {
  readonly items = new Map<string, Item>();

  commit(commands: readonly Command[]): 'committed' | 'refused' {
    const next = new Map(this.items);
    for (const command of commands) {
      const evolution = evolve(next.get(command.sk) ?? null, command, originOf());
      if (evolution.status === 'refused') return 'refused';
      if (evolution.status === 'changed') next.set(command.sk, evolution.item);
    }
    for (const [sk, item] of next) this.items.set(sk, item);
    return 'committed';
  }

  list(prefix: string): Item[] {
    const found = [...this.items.values()].filter(({ sk, isDeleted }) => sk.startsWith(prefix) && !isDeleted);
    return found.sort((left, right) => compareText(left.sk, right.sk));
  }
}

interface Real {
  readonly store: Store;
  readonly peer: Store;
  readonly tenant: string;
}

type Step = fc.AsyncCommand<Model, Real>;

const NAMES = ['A#1', 'A#2', 'B#1', 'A#', 'A#\u{1F600}'];
const name = fc.constantFrom(...NAMES);
const attributes = fc.dictionary(
  fc.constantFrom('n', 'x', 'deep'),
  fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom('t', null), fc.constant({ y: 1 })),
  {
    maxKeys: 3,
  },
) as fc.Arbitrary<JsonObject>;
/** Mostly the right version, sometimes a stale or a future one. */
const versionShift = fc.constantFrom(0, 0, 0, 0, -1, 1);

interface Intention {
  readonly kind: Command['kind'];
  readonly sk: string;
  readonly attributes: JsonObject;
  readonly shift: number;
  readonly isDeleted: boolean;
  readonly by: string;
}

const intention: fc.Arbitrary<Intention> = fc.record({
  kind: fc.constantFrom('full', 'partial', 'increment'),
  sk: name,
  attributes,
  shift: versionShift,
  isDeleted: fc.boolean(),
  by: fc.constantFrom('1', '-1', '0.1', '0', '1000000000000000000.000000001'),
});

function toCommand(
  model: Model,
  tenant: string,
  { kind, sk, attributes: given, shift, isDeleted, by }: Intention,
): Command {
  const pk = `TENANT#${tenant}`;
  const version = Math.max(0, (model.items.get(sk)?.version ?? 0) + shift);
  const whole = { tenantCode: tenant, type: 'M', code: sk, name: sk, attributes: given };
  switch (kind) {
    case 'full':
      return { kind, pk, sk, version, ...whole, isDeleted };
    case 'partial':
      return { kind, pk, sk, version, attributes: given };
    case 'increment':
      return { kind, pk, sk, increments: [{ path: ['n'], by, min: '-3' }], initial: whole };
  }
}

class CommitStep implements Step {
  constructor(
    private readonly intentions: readonly Intention[],
    private readonly onPeer: boolean,
  ) {}

  check = () => true;

  async run(model: Model, { store, peer, tenant }: Real): Promise<void> {
    const commands = this.intentions.map((each) => toCommand(model, tenant, each));
    const result = await commit(this.onPeer ? peer : store, commands);
    expect(result.status).toBe(model.commit(commands));
    for (const { sk } of commands) await expectSame(model, store, tenant, sk);
  }

  toString(): string {
    return `commit ${JSON.stringify(this.intentions)}`;
  }
}

/** Writers at once: increments all count; of the full updates from one version exactly one wins. */
class ConcurrentStep implements Step {
  constructor(
    private readonly sk: string,
    private readonly increments: number,
    private readonly updates: number,
  ) {}

  check = (model: Readonly<Model>) => {
    const item = model.items.get(this.sk);
    return (
      item !== undefined &&
      !item.isDeleted &&
      typeof (item.attributes.n === undefined ? 0 : item.attributes.n) === 'number'
    );
  };

  async run(model: Model, { store, peer, tenant }: Real): Promise<void> {
    const before = model.items.get(this.sk);
    if (!before) return;
    const { version } = before;
    const update = (index: number): Command => ({
      kind: 'partial',
      pk: before.pk,
      sk: this.sk,
      version,
      attributes: { writer: index + version * 100 },
    });
    const adds = Array.from({ length: this.increments }, (_, index) =>
      commit(index % 2 ? store : peer, [increment(tenant, this.sk, { n: '1' })]),
    );
    const changes = Array.from({ length: this.updates }, (_, index) =>
      commit(index % 2 ? peer : store, [update(index)]),
    );
    expect((await Promise.all(adds)).every(({ status }) => status === 'committed')).toBe(true);
    const winners = (await Promise.all(changes)).filter(({ status }) => status === 'committed').length;
    expect(winners).toBeLessThanOrEqual(1);
    if (this.increments === 0 && this.updates > 0) expect(winners).toBe(1);
    const records = await everyPage((cursor) =>
      store.versions(
        SYSTEM_SCOPE,
        { pk: before.pk, sk: this.sk },
        { limit: 200, ...(cursor === undefined ? {} : { cursor }) },
      ),
    );
    const after = replay(records);
    expect(after?.version).toBe(version + this.increments + winners);
    if (after) model.items.set(this.sk, after);
    await expectSame(model, store, tenant, this.sk);
  }

  toString(): string {
    return `${this.increments} increments and ${this.updates} updates of ${this.sk} at once`;
  }
}

class ListStep implements Step {
  constructor(
    private readonly prefix: string,
    private readonly limit: number,
  ) {}

  check = () => true;

  async run(model: Model, { store, tenant }: Real): Promise<void> {
    const listed = await everyPage((cursor) =>
      store.query(SYSTEM_SCOPE, {
        pk: `TENANT#${tenant}`,
        sk: { beginsWith: this.prefix },
        limit: this.limit,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    );
    expect(listed).toEqual(model.list(this.prefix));
  }

  toString(): string {
    return `list ${JSON.stringify(this.prefix)} by ${this.limit}`;
  }
}

async function expectSame(model: Model, store: Store, tenant: string, sk: string): Promise<void> {
  expect(await store.get(SYSTEM_SCOPE, { pk: `TENANT#${tenant}`, sk })).toEqual(model.items.get(sk) ?? null);
}

const units = fc.uniqueArray(intention, { minLength: 1, maxLength: 3, selector: ({ sk }) => sk });
const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(units, fc.boolean()).map(([intentions, onPeer]) => new CommitStep(intentions, onPeer)),
  fc
    .tuple(name, fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 4 }))
    .map(([sk, adds, updates]) => new ConcurrentStep(sk, adds, updates)),
  fc
    .tuple(fc.constantFrom('', 'A#', 'B', 'A#1'), fc.integer({ min: 1, max: 3 }))
    .map(([prefix, limit]) => new ListStep(prefix, limit)),
];

export function describeModel(get: GetStores): void {
  describe('model', () => {
    let runs = 0;

    it('never diverges from the model, with writers at once', async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(steps, { maxCommands: 25 }), async (commands) => {
          runs += 1;
          const tenant = `model-${runs}`;
          await fc.asyncModelRun(
            () => ({ model: new Model(), real: { store: get().store, peer: get().peer, tenant } }),
            commands,
          );
        }),
        { numRuns: 40, endOnFailure: true },
      );
    }, 60_000);
  });
}
