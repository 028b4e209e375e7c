import {
  evolve,
  type Item,
  type MeterEffect,
  type MeterEvent,
  type MeterHold,
  type MeterLimit,
  type MeterReading,
  type MeterRequest,
  type MeterSettlement,
  type MeterSighting,
  type Origin,
} from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { MeterCatalogue } from '../meters/meter.catalogue.js';
import { type Meter, type MeterKind, type MeterReset } from './meter.js';
import { levelOfItem, USAGE_PREFIX } from './usage.level.js';
import { USAGE_RULES } from './usage.rules.js';

export interface Use {
  readonly metric: string;
  /** In UTC, and so is the month it falls in. */
  readonly at: string;
  readonly add?: string;
  readonly set?: string;
  /** Of a unique meter. */
  readonly value?: string;
}

type Settled = 'settled' | { readonly index: number; readonly message: string };

function meter(metric: string, kind: MeterKind, resets: MeterReset): Meter {
  const uniqueProperty = kind === 'unique' ? { uniqueProperty: 'who' } : {};
  const plain = { limitName: metric, eventName: metric, filter: [], dimensions: [], isActive: true };
  return { metric, kind, resets, ...uniqueProperty, ...plain };
}

/** One of each kind beside the built-in ones, beginning anew each month, or carried. */
export const OWN_METERS: readonly Meter[] = [
  meter('total', 'sum', 'never'),
  meter('level', 'gauge', 'period'),
  meter('peak', 'max', 'period'),
  meter('record', 'max', 'never'),
  meter('visitors', 'unique', 'period'),
  meter('people', 'unique', 'never'),
  meter('reading', 'latest', 'period'),
  meter('price', 'latest', 'never'),
];
export const METERS = new MeterCatalogue(OWN_METERS, 1);
export const CARRIED = METERS.carried;

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
  readonly holds?: readonly MeterHold[];
}

export const ALONE: UsePlace = { tenantCode: 'acme', pooledWith: [], admission: null };

/** The usage of tenants, changed by the rules as a store does it: settle, then evolve, all or nothing. */
export class UsageModel {
  private readonly items = new Map<string, Item>();
  private readonly sightings: MeterSighting[] = [];
  readonly effects: MeterEffect[] = [];

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
    const items = this.itemsFor(requests.map(({ request }) => request));
    const book = USAGE_RULES.open({ items, sightings: [...this.sightings] });
    const settlements = requests.map(({ request, fresh }) => book.settle(request, fresh));
    for (const settlement of settlements)
      if (settlement.status === 'settled') {
        this.sightings.push(...settlement.sightings);
        for (const effect of settlement.effects) this.effects.push(effect);
      }
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
    return Object.fromEntries(
      this.months.map((item) => [item.code, String(levelOfItem(item).get(metric) ?? Quantity.zero)]),
    );
  }

  /** As a store loads it: of each tenant from the item before the earliest event on. */
  private itemsFor(requests: readonly MeterRequest[]): readonly Item[] {
    const earliest = new Map<string, string>();
    for (const { tenantCode, pooledWith, events, holds = [] } of requests) {
      const [first = ''] = [...events, ...holds].map(({ periodSk }) => periodSk).sort();
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
  return { ...place, origin: ORIGIN, events, carried: CARRIED, checks: [] };
}

export function eventOf(use: Use): MeterEvent {
  const { metric, at, add, set } = use;
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
    readings: [readingOf(use)],
  };
}

function readingOf({ metric, add, set, value }: Use): MeterReading {
  const kind = METERS.find(metric)?.kind;
  const quantity = set ?? add ?? '1';
  if (kind === 'unique') return { metric, mode: kind, quantity: '1', value: value ?? '', dimensions: {} };
  if (kind === 'max' || kind === 'latest') return { metric, mode: kind, quantity, dimensions: {} };
  return { metric, mode: set === undefined ? 'add' : 'set', quantity, dimensions: {} };
}

export function sumOf(values: readonly string[]): string {
  return values.reduce((sum, value) => sum.add(Quantity.of(value)), Quantity.zero).toString();
}
