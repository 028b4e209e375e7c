import { type IncrementInput, type Item, type MeterEntry, type Origin } from '@landlord/kernel';
import { Quantity, tenantPk } from '@landlord/kernel/pure';
import {
  carriedLevel,
  heldName,
  initialUsage,
  type Level,
  levelOfItem,
  pathOf,
  pooledHeldName,
  pooledName,
} from './usage.level.js';

/** One month of one tenant while events are settled. */
export interface Month {
  readonly sk: string;
  /** What the month began with; null when its item is already there. */
  readonly initial: Level | null;
  readonly level: Map<string, Quantity>;
  /** When a gauge was last set in the month, or what `latest` is the value of: epoch milliseconds by metric. */
  readonly setAtMs: Map<string, number>;
  readonly before: { readonly level: Level; readonly setAtMs: ReadonlyMap<string, number> };
  /** Whose requests changed it. */
  readonly origins: Origin[];
}

/** One month alone; or the months from `from` on, up to `until` (which stays), where null is for good. */
export type MonthRange = { readonly only: string } | { readonly from: string; readonly until: string | null };

/**
 * The months of a tenant in order, with what is drafted on them: kept, or taken back as a whole. Late events are few and
 * recent, so looking starts at the end.
 */
export class Months {
  readonly all: Month[];
  /** Metrics that go on in the next month where they were left. */
  carried: ReadonlySet<string> = new Set();
  private readonly undos: (() => void)[] = [];
  private readonly drafted = new Set<Month>();

  constructor(
    readonly tenantCode: string,
    items: readonly Item[],
  ) {
    this.all = items.map(monthFromItem).toSorted((left, right) => (left.sk < right.sk ? -1 : 1));
  }

  /** The month, begun where the one before it ended if it is new. */
  of(sk: string): Month {
    const before = this.all.findLastIndex((month) => month.sk <= sk);
    const found = this.all[before];
    if (found?.sk === sk) return found;
    const initial = carriedLevel(found?.level, this.carried);
    const month = {
      sk,
      initial,
      level: new Map(initial),
      setAtMs: new Map(),
      before: { level: initial, setAtMs: new Map() },
      origins: [],
    };
    this.all.splice(before + 1, 0, month);
    this.drafted.add(month);
    this.undos.push(() => this.all.splice(this.all.indexOf(month), 1));
    return month;
  }

  add(month: Month, name: string, delta: Quantity): void {
    const { level } = month;
    const before = level.get(name);
    level.set(name, before ? before.add(delta) : delta);
    this.drafted.add(month);
    this.undos.push(() => (before ? level.set(name, before) : level.delete(name)));
  }

  noteSetting({ setAtMs }: Month, metric: string, atMs: number): void {
    const before = setAtMs.get(metric);
    setAtMs.set(metric, atMs);
    this.undos.push(() => (before === undefined ? setAtMs.delete(metric) : setAtMs.set(metric, before)));
  }

  /** What was drafted stays. */
  keep(origin: Origin): void {
    for (const { origins } of this.drafted) if (!origins.includes(origin)) origins.push(origin);
    this.settleDraft();
  }

  /** What was drafted never was. */
  drop(): void {
    for (const undo of this.undos.toReversed()) undo();
    this.settleDraft();
  }

  private settleDraft(): void {
    this.undos.length = 0;
    this.drafted.clear();
  }

  /** How the month stands, without beginning it. */
  at(sk: string): { readonly level: Level } {
    const found = this.all.findLast((month) => month.sk <= sk);
    return found?.sk === sk ? found : { level: carriedLevel(found?.level, this.carried) };
  }

  /** The months of the range; the first and the one behind the last are begun, so that the change reaches no further. */
  within(range: MonthRange): readonly Month[] {
    if ('only' in range) return [this.of(range.only)];
    const { from, until } = range;
    this.of(from);
    if (until !== null) this.of(until);
    return this.all.filter(({ sk }) => sk >= from && (until === null || sk < until));
  }

  /** Where a change of a metric in a month is seen: there, and where it is carried, in all months after it. */
  rangeOf(from: string, metric: string): MonthRange {
    return this.carried.has(metric) ? { from, until: null } : { only: from };
  }

  /** Like `rangeOf`, but up to the first later month in which it was set: what was measured then contains the change. */
  settableRange(from: string, metric: string): MonthRange {
    if (!this.carried.has(metric)) return { only: from };
    const set = this.all.find(({ sk, setAtMs }) => sk > from && setAtMs.has(metric));
    return { from, until: set?.sk ?? null };
  }

  entries(): MeterEntry[] {
    return this.all.flatMap((month) => {
      const command = commandFor(this.tenantCode, month);
      return command ? [{ command, origins: month.origins }] : [];
    });
  }
}

type Standing = { readonly level: Level };

/** What the tenant uses itself. */
export function ownOf({ level }: Standing, metric: string): Quantity {
  return quantityAt(level, metric);
}

/** What the tenant and those pooled with it use together. */
export function usedOf({ level }: Standing, metric: string): Quantity {
  return quantityAt(level, metric).add(quantityAt(level, pooledName(metric)));
}

/** What is kept free for them. */
export function heldOf({ level }: Standing, metric: string): Quantity {
  return quantityAt(level, heldName(metric)).add(quantityAt(level, pooledHeldName(metric)));
}

/** What counts against limits: used and held. */
export function totalOf(month: Standing, metric: string): Quantity {
  return usedOf(month, metric).add(heldOf(month, metric));
}

export function quantityAt(level: Level, name: string): Quantity {
  return level.get(name) ?? Quantity.zero;
}

function monthFromItem(item: Item): Month {
  const level = levelOfItem(item);
  const stored = item.attributes.gaugeSetAtMs;
  const entries = typeof stored === 'object' && stored !== null ? Object.entries(stored) : [];
  const setAtMs = new Map(entries.map(([metric, at]) => [metric, Number(at)]));
  return {
    sk: item.sk,
    initial: null,
    level: new Map(level),
    setAtMs: new Map(setAtMs),
    before: { level, setAtMs },
    origins: [],
  };
}

/** The difference between the month before and after, as one increment; null when there is none. */
function commandFor(tenantCode: string, month: Month): IncrementInput | null {
  const levels = [...month.level].map(([name, after]) => ({
    path: pathOf(name),
    by: after.subtract(quantityAt(month.before.level, name)).toString(),
  }));
  const settings = [...month.setAtMs].map(([metric, after]) => ({
    path: ['gaugeSetAtMs', metric],
    by: String(after - (month.before.setAtMs.get(metric) ?? 0)),
  }));
  const increments = [...levels, ...settings].filter(({ by }) => by !== '0');
  if (increments.length === 0 && month.initial === null) return null;
  return {
    pk: tenantPk(tenantCode),
    sk: month.sk,
    increments,
    initial: initialUsage(tenantCode, month.sk, month.initial ?? carriedLevel(undefined, new Set())),
  };
}
