import { type MeterSighting } from '@landlord/kernel';

/** The values that unique meters have counted, and those that a request adds. */
export class SeenValues {
  readonly added: MeterSighting[] = [];
  private readonly periods = new Map<string, string[]>();

  constructor(sightings: readonly MeterSighting[]) {
    for (const sighting of sightings) this.know(sighting);
  }

  isSeenIn({ metric, value, periodSk }: MeterSighting): boolean {
    return this.periods.get(nameOf(metric, value))?.includes(periodSk) ?? false;
  }

  /** The first period in which it was seen, or null. */
  firstOf({ metric, value }: Pick<MeterSighting, 'metric' | 'value'>): string | null {
    return this.periods.get(nameOf(metric, value))?.toSorted()[0] ?? null;
  }

  add(sighting: MeterSighting): void {
    this.know(sighting);
    this.added.push(sighting);
  }

  private know({ metric, value, periodSk }: MeterSighting): void {
    const name = nameOf(metric, value);
    this.periods.set(name, [...(this.periods.get(name) ?? []), periodSk]);
  }
}

/** No metric has a blank. */
function nameOf(metric: string, value: string): string {
  return `${metric} ${value}`;
}
