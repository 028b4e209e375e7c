import {
  evolve,
  type Item,
  type MeterEffect,
  type MeterEvent,
  type MeterLimit,
  type MeterRequest,
  type MeterSettlement,
  type MeterState,
  type Origin,
} from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { USAGE_PREFIX } from './usage.level.js';
import { USAGE_RULES } from './usage.rules.js';

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

/** Whose use, in whose pool, within which limits. */
export interface UsePlace {
  readonly tenantCode: string;
  readonly pooledWith: readonly string[];
  readonly admission: readonly MeterLimit[] | null;
}

export const ALONE: UsePlace = { tenantCode: 'acme', pooledWith: [], admission: null };

/** The usage of tenants, changed by the rules as a store does it: settle, then evolve, all or nothing. */
export class UsageModel {
  readonly effects: MeterEffect[] = [];
  private items = new Map<string, Item>();

  record(...uses: readonly Use[]): Settled {
    const settlement = this.settle(ALONE, uses);
    if (settlement.status === 'settled') return 'settled';
    if (settlement.status === 'not_admitted') throw new Error('recording never refuses for a limit');
    return { index: settlement.index, message: settlement.message };
  }

  settle(place: UsePlace, uses: readonly Use[]): MeterSettlement {
    const fresh = uses.map((use, index) => ({ ...eventOf(use), index }));
    const settlement = USAGE_RULES.settle(this.stateFor(place, fresh), requestOf(place, fresh), fresh);
    if (settlement.status !== 'settled') return settlement;
    this.effects.push(...settlement.effects);
    const next = new Map(this.items);
    for (const command of settlement.commands) {
      const name = `${command.pk} ${command.sk}`;
      const evolution = evolve(next.get(name) ?? null, { kind: 'increment', ...command }, ORIGIN);
      if (evolution.status === 'refused') throw new Error(JSON.stringify(evolution.refusal));
      if (evolution.status === 'changed') next.set(name, evolution.item);
    }
    this.items = next;
    return settlement;
  }

  get months(): readonly Item[] {
    return this.monthsOf(ALONE.tenantCode);
  }

  monthsOf(tenantCode: string): readonly Item[] {
    return [...this.items.values()]
      .filter((item) => item.tenantCode === tenantCode)
      .sort((left, right) => (left.sk < right.sk ? -1 : 1));
  }

  /** The meter's value in each month that has an item: `{ '2024-01': '5' }`. */
  levels(metric: string): Record<string, string> {
    return Object.fromEntries(this.months.map(({ code, attributes }) => [code, String(attributes[metric])]));
  }

  /** As a store loads it: of each tenant from the item before the earliest event on. */
  private stateFor({ tenantCode, pooledWith }: UsePlace, events: readonly MeterEvent[]): MeterState {
    const earliest = events.map(({ periodSk }) => periodSk).sort()[0] ?? '';
    const itemsOf = (code: string) => {
      const months = this.monthsOf(code);
      const before = months.findLast(({ sk }) => sk < earliest)?.sk ?? earliest;
      return months.filter(({ sk }) => sk >= before);
    };
    return { items: [tenantCode, ...pooledWith].flatMap(itemsOf) };
  }
}

export function requestOf(place: UsePlace, events: readonly MeterEvent[]): MeterRequest {
  return { ...place, origin: ORIGIN, events, checks: [] };
}

export function eventOf({ metric, at, add, set }: Use): MeterEvent {
  return {
    id: 'any',
    fingerprint: 'any',
    metric,
    periodSk: `${USAGE_PREFIX}${at.slice(0, 7)}`,
    at,
    hour: `${at.slice(0, 13)}:00:00.000Z`,
    quantity: set ?? add ?? '1',
    mode: set === undefined ? 'add' : 'set',
    properties: {},
  };
}

export function sumOf(values: readonly string[]): string {
  return values.reduce((sum, value) => sum.add(Quantity.of(value)), Quantity.zero).toString();
}
