import {
  evolve,
  type Item,
  type MeterEvent,
  type MeterLimit,
  type MeterRequest,
  type MeterSettlement,
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
  private readonly items = new Map<string, Item>();

  record(...uses: readonly Use[]): Settled {
    const settlement = this.settle(ALONE, uses);
    if (settlement.status === 'settled') return 'settled';
    if (settlement.status === 'not_admitted') throw new Error('recording never refuses for a limit');
    return { index: settlement.index, message: settlement.message };
  }

  settle(place: UsePlace, uses: readonly Use[]): MeterSettlement {
    const [settlement] = this.settleTogether([{ place, uses }]);
    if (!settlement) throw new Error('a request was not settled');
    return settlement;
  }

  /** Several requests in one book, as a store does it with those that arrive together. */
  settleTogether(asked: readonly { place: UsePlace; uses: readonly Use[] }[]): MeterSettlement[] {
    const requests = asked.map(({ place, uses }) => {
      const fresh = uses.map((use, index) => ({ ...eventOf(use), index }));
      return { fresh, request: requestOf(place, fresh) };
    });
    const book = USAGE_RULES.open(this.itemsFor(requests.map(({ request }) => request)));
    const settlements = requests.map(({ request, fresh }) => book.settle(request, fresh));
    for (const { command } of book.entries()) {
      const name = `${command.pk} ${command.sk}`;
      const evolution = evolve(this.items.get(name) ?? null, { kind: 'increment', ...command }, ORIGIN);
      if (evolution.status === 'refused') throw new Error(JSON.stringify(evolution.refusal));
      if (evolution.status === 'changed') this.items.set(name, evolution.item);
    }
    return settlements;
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
  private itemsFor(requests: readonly MeterRequest[]): readonly Item[] {
    const earliest = new Map<string, string>();
    for (const { tenantCode, pooledWith, events } of requests) {
      const [first = ''] = events.map(({ periodSk }) => periodSk).sort();
      for (const code of [tenantCode, ...pooledWith])
        earliest.set(code, [first, earliest.get(code) ?? first].sort()[0] ?? first);
    }
    return [...earliest].flatMap(([code, first]) => {
      const months = this.monthsOf(code);
      const before = months.findLast(({ sk }) => sk < first)?.sk ?? first;
      return months.filter(({ sk }) => sk >= before);
    });
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
    quantity: set ?? add ?? '1',
    mode: set === undefined ? 'add' : 'set',
    properties: {},
  };
}

export function sumOf(values: readonly string[]): string {
  return values.reduce((sum, value) => sum.add(Quantity.of(value)), Quantity.zero).toString();
}
