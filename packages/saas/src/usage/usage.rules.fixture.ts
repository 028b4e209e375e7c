import { evolve, type Item, type MeterEvent, type MeterState, type Origin } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { USAGE_PREFIX, USAGE_RULES } from './usage.rules.js';

export interface Use {
  readonly metric: string;
  /** In UTC, and so is the month it falls in. */
  readonly at: string;
  readonly add?: string;
  readonly set?: string;
}

type Settled = 'settled' | { readonly index: number; readonly message: string };

const ORIGIN: Origin = {
  userId: 'usr-1',
  requestId: 'req-1',
  source: 'POST /usage/events',
  ip: null,
  at: '2024-06-01T00:00:00.000Z',
};

/** The usage of one tenant, changed by the rules as a store does it: settle, then evolve, all or nothing. */
export class UsageModel {
  private items = new Map<string, Item>();

  record(...uses: readonly Use[]): Settled {
    const events = uses.map((use, index) => ({ ...eventOf(use), index }));
    const settlement = USAGE_RULES.settle(this.stateFor(events), { tenantCode: 'acme', events });
    if (settlement.status === 'refused') return { index: settlement.index, message: settlement.message };
    const next = new Map(this.items);
    for (const command of settlement.commands) {
      const evolution = evolve(next.get(command.sk) ?? null, { kind: 'increment', ...command }, ORIGIN);
      if (evolution.status === 'refused') throw new Error(JSON.stringify(evolution.refusal));
      if (evolution.status === 'changed') next.set(command.sk, evolution.item);
    }
    this.items = next;
    return 'settled';
  }

  get months(): readonly Item[] {
    return [...this.items.values()].sort((left, right) => (left.sk < right.sk ? -1 : 1));
  }

  /** The meter's value in each month that has an item: `{ '2024-01': '5' }`. */
  levels(metric: string): Record<string, string> {
    return Object.fromEntries(this.months.map(({ code, attributes }) => [code, String(attributes[metric])]));
  }

  /** As a store loads it: from the item before the earliest event on. */
  private stateFor(events: readonly MeterEvent[]): MeterState {
    const earliest = events.map(({ periodSk }) => periodSk).sort()[0] ?? '';
    const before = this.months.findLast(({ sk }) => sk < earliest)?.sk ?? earliest;
    return { items: this.months.filter(({ sk }) => sk >= before) };
  }
}

export function eventOf({ metric, at, add, set }: Use): MeterEvent {
  return {
    id: 'any',
    fingerprint: 'any',
    metric,
    periodSk: `${USAGE_PREFIX}${at.slice(0, 7)}`,
    at,
    quantity: set ?? add ?? '1',
    mode: set === undefined ? 'add' : 'set',
    properties: {},
  };
}

export function sumOf(values: readonly string[]): string {
  return values.reduce((sum, value) => sum.add(Quantity.of(value)), Quantity.zero).toString();
}
