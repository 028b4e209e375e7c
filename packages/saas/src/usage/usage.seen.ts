import { type MeterSighting } from '@landlord/kernel';

type Named = Pick<MeterSighting, 'tenantCode' | 'metric' | 'value'>;

/** The values that unique meters have counted, with what is drafted: kept, or taken back as a whole. */
export class SeenValues {
  private readonly periods = new Map<string, string[]>();
  private drafted: MeterSighting[] = [];

  constructor(sightings: readonly MeterSighting[]) {
    for (const sighting of sightings) this.know(sighting);
  }

  isSeenIn(sighting: MeterSighting): boolean {
    return this.periods.get(nameOf(sighting))?.includes(sighting.periodSk) ?? false;
  }

  /** The first period in which it was seen, or null. */
  firstOf(named: Named): string | null {
    return this.periods.get(nameOf(named))?.toSorted()[0] ?? null;
  }

  add(sighting: MeterSighting): void {
    this.know(sighting);
    this.drafted.push(sighting);
  }

  /** What was drafted stays; gives it. */
  keep(): readonly MeterSighting[] {
    const { drafted } = this;
    this.drafted = [];
    return drafted;
  }

  /** What was drafted never was. */
  drop(): void {
    for (const sighting of this.keep()) {
      const others = this.periods.get(nameOf(sighting))?.filter((sk) => sk !== sighting.periodSk);
      this.periods.set(nameOf(sighting), others ?? []);
    }
  }

  private know(sighting: MeterSighting): void {
    const name = nameOf(sighting);
    const known = this.periods.get(name);
    if (known) known.push(sighting.periodSk);
    else this.periods.set(name, [sighting.periodSk]);
  }
}

/** Neither codes nor metrics have a blank. */
function nameOf({ tenantCode, metric, value }: Named): string {
  return `${tenantCode} ${metric} ${value}`;
}
