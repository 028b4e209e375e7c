import {
  type Command,
  evolve,
  type Item,
  type ItemKey,
  type ItemQuery,
  type MeterOutcome,
  type MeterRequest,
} from '@landlord/kernel';

export const NOW = '2024-01-31T15:00:00.000Z';

/** Items in memory; `meter` answers what the test says and remembers what it was asked. */
export class FakeUsageStore {
  readonly groups: (readonly MeterRequest[])[] = [];
  readonly items: Item[] = [];
  /** How often tenants were asked for. */
  reads = 0;
  outcome: MeterOutcome = { status: 'accepted', accepted: 1, duplicates: 0, standings: [] };
  /** Given first, one each. */
  readonly before: MeterOutcome[] = [];

  put(...commands: readonly Command[]): void {
    const origin = { userId: 'op', requestId: 'req-0', source: 'test', ip: null, at: NOW };
    for (const command of commands) {
      const evolution = evolve(null, command, origin);
      if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
      this.items.push(evolution.item);
    }
  }

  async get(_scope: unknown, key: ItemKey) {
    return this.items.find(({ pk, sk }) => pk === key.pk && sk === key.sk) ?? null;
  }

  async getMany(_scope: unknown, keys: readonly ItemKey[]) {
    this.reads += 1;
    return Promise.all(keys.map((key) => this.get(_scope, key)));
  }

  async query(_scope: unknown, { pk, sk, order, limit }: ItemQuery) {
    const found = this.items
      .filter((item) => item.pk === pk)
      .filter(
        (item) =>
          !sk || ('beginsWith' in sk ? item.sk.startsWith(sk.beginsWith) : between(item.sk, sk.between)),
      )
      .sort((left, right) => (left.sk < right.sk ? -1 : 1));
    return { items: (order === 'desc' ? found.reverse() : found).slice(0, limit), nextCursor: null };
  }

  async meter(requests: readonly MeterRequest[]) {
    this.groups.push(requests);
    return requests.map(() => this.before.shift() ?? this.outcome);
  }
}

function between(sk: string, [from, to]: readonly [string, string]): boolean {
  return from <= sk && sk <= to;
}
