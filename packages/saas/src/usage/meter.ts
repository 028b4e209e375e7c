/** `sum` starts anew each period; `gauge` is a level that carries over into the next. */
export type MeterKind = 'sum' | 'gauge';

export interface Meter {
  readonly metric: string;
  readonly kind: MeterKind;
  /** The plan's limit that holds for it. */
  readonly limitName: string;
  /** Properties by whose values its hours are told apart. */
  readonly dimensions?: readonly string[];
}

/** The meters every tenant has. */
export const BUILT_IN_METERS: readonly Meter[] = [
  { metric: 'apiCalls', kind: 'sum', limitName: 'maxApiCalls' },
  { metric: 'storageUsedGb', kind: 'gauge', limitName: 'maxStorageGb' },
  { metric: 'activeUsers', kind: 'gauge', limitName: 'maxUsers' },
  { metric: 'projectCount', kind: 'gauge', limitName: 'maxProjects' },
];

const BY_METRIC: ReadonlyMap<string, Meter> = new Map(BUILT_IN_METERS.map((meter) => [meter.metric, meter]));

export const METRICS: readonly string[] = BUILT_IN_METERS.map(({ metric }) => metric);

export function meterOf(metric: string): Meter | undefined {
  return BY_METRIC.get(metric);
}
