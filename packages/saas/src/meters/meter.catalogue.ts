import { BUILT_IN_METERS, type Meter } from '../usage/meter.js';

/** All meters at one moment, ready to look up. `version` tells whether it is still so. */
export class MeterCatalogue {
  /** Those that count, built-in ones first. */
  readonly active: readonly Meter[];
  /** Retired ones, too. */
  readonly all: readonly Meter[];
  /** Metrics that go on in the next month where they were left; retired ones, too. */
  readonly carried: ReadonlySet<string>;
  private readonly byMetric: ReadonlyMap<string, Meter>;
  private readonly byEvent = new Map<string, readonly Meter[]>();

  constructor(
    /** Of which operators have said something; a built-in one among them replaces what is known of it. */
    said: readonly Meter[],
    readonly version: number,
  ) {
    const all = [...new Map([...BUILT_IN_METERS, ...said].map((meter) => [meter.metric, meter])).values()];
    this.all = all;
    this.active = all.filter(({ isActive }) => isActive);
    this.carried = new Set(all.filter(({ resets }) => resets === 'never').map(({ metric }) => metric));
    this.byMetric = new Map(all.map((meter) => [meter.metric, meter]));
    for (const meter of this.active)
      this.byEvent.set(meter.eventName, [...(this.byEvent.get(meter.eventName) ?? []), meter]);
  }

  /** Null for a retired one, too. */
  find(metric: string): Meter | null {
    const meter = this.byMetric.get(metric);
    return meter?.isActive ? meter : null;
  }

  /** Whether it was retired. */
  isRetired(metric: string): boolean {
    return this.byMetric.get(metric)?.isActive === false;
  }

  /** The meters that events of a name feed; none for a name that no meter knows. */
  fedBy(eventName: string): readonly Meter[] {
    return this.byEvent.get(eventName) ?? [];
  }

  /** Names of events that some meter takes. */
  get eventNames(): readonly string[] {
    return [...this.byEvent.keys()];
  }
}

/** Of a store in which nobody has made a meter. */
export const BUILT_IN_CATALOGUE = new MeterCatalogue([], 0);
