import { describe, expect, it } from 'vitest';
import { LandlordError } from '../pure/errors.js';
import { full } from '../testing/fixtures.js';
import { type Command } from './command.js';
import { CommandService } from './command.service.js';
import { systemContext } from './context.js';
import { evolve } from './evolve.js';
import { DEFAULT_FEED_OPTIONS, FeedRunner } from './feed.runner.js';
import { type Store, type UnitGroup, type UnitResult } from './store.js';

const NOW = '2024-01-31T09:00:00.000Z';
const context = systemContext(null, { requestId: 'r', source: 'test' });
const commandsOf = (names: readonly string[]): { commands: Command[] }[] =>
  names.map((sk) => ({ commands: [full('acme', sk)] }));

/** Creates everything but what it is told to refuse; a fault takes the whole group along. */
class GroupStore {
  readonly groups: string[][] = [];
  fault: (names: readonly string[]) => unknown = () => null;
  refused = new Set<string>();

  async commitEach({ units, origin }: UnitGroup): Promise<readonly UnitResult[]> {
    const names = units.map(({ commands }) => commands[0]?.sk ?? '');
    this.groups.push(names);
    const fault = this.fault(names);
    if (fault) throw fault;
    return units.map(({ commands: [command] }, index): UnitResult => {
      const evolution = command && evolve(null, command, origin);
      if (evolution?.status !== 'changed' || this.refused.has(names[index] ?? ''))
        return { status: 'refused', refusal: { reason: 'item_absent', key: { pk: 'P', sk: 'S' } } };
      return { status: 'committed', items: [evolution.item] };
    });
  }
}

function open() {
  const groups = new GroupStore();
  const store = groups as unknown as Store;
  const service = new CommandService(store, { now: () => NOW }, new FeedRunner(store, DEFAULT_FEED_OPTIONS));
  const commitEach = (names: readonly string[]) =>
    service.commitEach(commandsOf(names), { invokeContext: context });
  return { groups, service, commitEach };
}

describe('many units', () => {
  it('go in one transaction, and what is refused is an outcome of its own', async () => {
    const { groups, commitEach } = open();
    groups.refused.add('A#2');
    const outcomes = await commitEach(['A#1', 'A#2', 'A#3']);
    expect(groups.groups).toEqual([['A#1', 'A#2', 'A#3']]);
    expect(outcomes).toMatchObject([
      { status: 'committed', items: [{ sk: 'A#1', updatedAt: NOW }] },
      { status: 'failed', error: { code: 'not_found' } },
      { status: 'committed', items: [{ sk: 'A#3' }] },
    ]);
  });

  it('go alone where the transaction fails, so that the bad one fails alone', async () => {
    const { groups, commitEach } = open();
    groups.fault = (names) => (names.includes('A#2') ? new Error('sealed') : null);
    const outcomes = await commitEach(['A#1', 'A#2', 'A#3']);
    expect(groups.groups.slice(1)).toEqual([['A#1'], ['A#2'], ['A#3']]);
    expect(outcomes.map(({ status }) => status)).toEqual(['committed', 'failed', 'committed']);
    expect(outcomes[1]).toMatchObject({ error: new Error('sealed') });
  });

  it('all fail when the store cannot serve, without trying each', async () => {
    const { groups, commitEach } = open();
    groups.fault = () => new LandlordError('unavailable', 'gone');
    const outcomes = await commitEach(['A#1', 'A#2']);
    expect(groups.groups).toHaveLength(1);
    expect(outcomes).toMatchObject(Array(2).fill({ status: 'failed', error: { code: 'unavailable' } }));
  });

  it('are nothing to do when there are none, and never under an idempotency key', async () => {
    const { groups, service, commitEach } = open();
    expect(await commitEach([])).toEqual([]);
    expect(groups.groups).toEqual([]);
    const keyed = { ...context, idempotency: { owner: 'me', key: 'k', fingerprint: 'f' } };
    await expect(service.commitEach(commandsOf(['A#1']), { invokeContext: keyed })).rejects.toThrow(
      'many units under one idempotency key',
    );
  });
});
