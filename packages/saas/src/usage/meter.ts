/**
 * What becomes of what is counted: `sum` adds up; `gauge` is a level that moves by deltas or is set; `max` is the
 * highest value; `unique` counts the distinct values of a property; `latest` is the newest value.
 */
export type MeterKind = 'sum' | 'gauge' | 'max' | 'unique' | 'latest';

/** `period`: each month begins anew, at 0. `never`: it goes on in the next month where it was left. */
export type MeterReset = 'period' | 'never';

/** What a property is compared with: as text, so that 200 and "200" are the same. */
export interface MeterFilter {
  readonly property: string;
  readonly in: readonly (string | number | boolean)[];
}

export interface Meter {
  /** Its code. */
  readonly metric: string;
  readonly kind: MeterKind;
  readonly resets: MeterReset;
  /** The plan's limit that holds for it. */
  readonly limitName: string;
  /** Events of this name feed it. */
  readonly eventName: string;
  /** The quantity stands in this property, not in the event's own. */
  readonly valueProperty?: string;
  /** Of `unique`: whose distinct values are counted. */
  readonly uniqueProperty?: string;
  /** An event counts when each of them holds. */
  readonly filter: readonly MeterFilter[];
  /** Properties by which the use is told apart. */
  readonly dimensions: readonly string[];
  /** False: it was retired and counts nothing more. */
  readonly isActive: boolean;
}

function builtIn(metric: string, kind: 'sum' | 'gauge', limitName: string): Meter {
  const resets = kind === 'sum' ? 'period' : 'never';
  const plain = { eventName: metric, filter: [], dimensions: [], isActive: true };
  return { metric, kind, resets, limitName, ...plain };
}

/** The meters every tenant has. */
export const BUILT_IN_METERS: readonly Meter[] = [
  builtIn('apiCalls', 'sum', 'maxApiCalls'),
  builtIn('storageUsedGb', 'gauge', 'maxStorageGb'),
  builtIn('activeUsers', 'gauge', 'maxUsers'),
  builtIn('projectCount', 'gauge', 'maxProjects'),
];

export const METRICS: readonly string[] = BUILT_IN_METERS.map(({ metric }) => metric);

const BUILT_IN: ReadonlySet<string> = new Set(METRICS);

export function isBuiltIn(metric: string): boolean {
  return BUILT_IN.has(metric);
}
