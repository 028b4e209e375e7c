import { type InputIssue } from '@landlord/kernel/pure';
import { BUILT_IN_METERS, METRICS, type Meter, type MeterKind, type MeterReset } from '../usage/meter.js';
import { type MeterDefinition } from './meter.js';

export const METER_CODE = /^(?:[a-z][A-Za-z0-9]{0,63}|(?=.{1,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)+)$/;

/** Names beside which a meter's code stands: in usage, in quotas, among the limits of a plan. */
const BESIDE = [
  'period',
  'meters',
  'pooled',
  'held',
  'pooledHeld',
  'quotas',
  'lastUpdatedAt',
  'gaugeSetAtMs',
];

/** What every object in JavaScript answers to: as a key it would not be looked up but found. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

const RESERVED: ReadonlySet<string> = new Set([
  ...METRICS,
  ...BUILT_IN_METERS.map(({ limitName }) => limitName),
  ...BESIDE,
  ...INHERITED,
]);

/** What an operator says of a new meter. */
export type MeterInput = Omit<
  MeterDefinition,
  'resets' | 'eventName' | 'filter' | 'dimensions' | 'isActive'
> &
  Partial<Pick<MeterDefinition, 'resets' | 'eventName' | 'filter' | 'dimensions'>>;

/** What may change while it counts; null takes a text away. The rest says what was counted. */
export interface MeterChange {
  readonly displayName?: string;
  readonly description?: string | null;
  readonly unit?: string | null;
  /** All there are from now on: more than before, never less. */
  readonly dimensions?: readonly string[];
}

export function newMeter(input: MeterInput): MeterDefinition {
  const { code, aggregation, resets, eventName = code, filter = [], dimensions = [] } = input;
  return { ...input, resets: resets ?? resetOf(aggregation), eventName, filter, dimensions, isActive: true };
}

function resetOf(aggregation: MeterKind): MeterReset {
  return aggregation === 'gauge' || aggregation === 'latest' ? 'never' : 'period';
}

/** What the parts of a new meter say against each other. */
export function meterFlaws(input: MeterInput): InputIssue[] {
  const { code, aggregation, valueProperty, uniqueProperty } = input;
  const isUnique = aggregation === 'unique';
  return [
    ...flaw(RESERVED.has(code), 'code', `"${code}" is reserved; choose another`),
    ...flaw(isUnique && uniqueProperty === undefined, 'uniqueProperty', 'is required for a unique meter'),
    ...flaw(!isUnique && uniqueProperty !== undefined, 'uniqueProperty', 'is for unique meters only'),
    ...flaw(isUnique && valueProperty !== undefined, 'valueProperty', 'is not for unique meters'),
    ...repeated(
      'filter',
      (input.filter ?? []).map(({ property }) => property),
      '.property',
    ),
    ...repeated('dimensions', input.dimensions ?? []),
  ];
}

/** Why the meter cannot be changed so, each with its path. */
export function changeFlaws(before: MeterDefinition, { dimensions }: MeterChange): InputIssue[] {
  if (!dimensions) return [];
  const lost = before.dimensions.filter((name) => !dimensions.includes(name));
  const message = `must keep ${lost.join(', ')}: use was told apart by it; make a new meter instead`;
  return [...flaw(lost.length > 0, 'dimensions', message), ...repeated('dimensions', dimensions)];
}

/** The meter after a change; what it does not name stays. */
export function changedMeter(before: MeterDefinition, change: MeterChange): MeterDefinition {
  const { description, unit, ...rest } = before;
  const texts = { description: change.description, unit: change.unit };
  const kept = { description, unit };
  const said = (['description', 'unit'] as const).flatMap((name) => {
    const value = texts[name] === undefined ? kept[name] : texts[name];
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  return {
    ...rest,
    ...Object.fromEntries(said),
    displayName: change.displayName ?? before.displayName,
    dimensions: change.dimensions ?? before.dimensions,
  };
}

/** As it is counted. */
export function meterFrom(definition: MeterDefinition): Meter {
  const { code, aggregation, resets, eventName, valueProperty, uniqueProperty } = definition;
  return {
    metric: code,
    kind: aggregation,
    resets,
    limitName: BUILT_IN_METERS.find(({ metric }) => metric === code)?.limitName ?? code,
    eventName,
    ...(valueProperty === undefined ? {} : { valueProperty }),
    ...(uniqueProperty === undefined ? {} : { uniqueProperty }),
    filter: definition.filter,
    dimensions: definition.dimensions,
    isActive: definition.isActive,
  };
}

const DISPLAY_NAMES: Readonly<Record<string, string>> = {
  apiCalls: 'API calls',
  storageUsedGb: 'Storage (GB)',
  activeUsers: 'Active users',
  projectCount: 'Projects',
};

/** What everybody has, before an operator said anything of it. */
export const BUILT_IN_DEFINITIONS: readonly MeterDefinition[] = BUILT_IN_METERS.map(
  ({ metric: code, kind: aggregation, resets, eventName }) => ({
    code,
    displayName: DISPLAY_NAMES[code] ?? code,
    aggregation,
    resets,
    eventName,
    filter: [],
    dimensions: [],
    isActive: true,
  }),
);

function flaw(isThere: boolean, path: string, message: string): InputIssue[] {
  return isThere ? [{ path, message }] : [];
}

function repeated(list: string, names: readonly string[], suffix = ''): InputIssue[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return flaw(first < index, `${list}.${index}${suffix}`, `is named by ${list}.${first} already`);
  });
}
