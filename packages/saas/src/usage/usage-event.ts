import { createHash } from 'node:crypto';
import { type MeterEvent, type MeterReading } from '@landlord/kernel';
import {
  calendarMonthOf,
  canonicalJson,
  hourOf,
  type InputIssue,
  type Instant,
  Quantity,
  type TimeZone,
} from '@landlord/kernel/pure';
import { BUILT_IN_CATALOGUE, type MeterCatalogue } from '../meters/meter.catalogue.js';
import { type Meter } from './meter.js';
import { USAGE_PREFIX } from './usage.level.js';
import { emptyReading, type Measure, readingOf, takenBack } from './usage.readings.js';
import { type UsageEventInput } from './usage-event.schema.js';

/** How far a sender's clock may run ahead. */
const AHEAD_LIMIT_MS = 60 * 60 * 1000;
/**
 * How late what is carried may change: every month since then is moved, too. The values a unique meter has seen are
 * kept no longer, either. What begins anew each month may be as late as it likes.
 */
export const LATE_LIMIT_DAYS = 800;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Names of events that a refusal tells. */
const NAMES_TOLD = 50;

/** What begins the ids of the system's own events. */
export const OWN_ID_PREFIX = 'landlord:';

export interface EventSurroundings {
  readonly now: Instant;
  readonly timezone: TimeZone;
  /** Whether the system itself says so: it alone uses ids that begin with `landlord:`, and takes back from a sum. */
  readonly isOwn?: boolean;
  /** Default: those that everybody has. */
  readonly meters?: MeterCatalogue;
  /**
   * `name`: the meters that events of the name feed. `admission`: those, or, where there is none, the meter with the
   * code; each event has at least one reading. `meter`: the meter with the code alone, whatever its filter.
   */
  readonly addressed?: 'name' | 'admission' | 'meter';
}

interface Measured extends Measure {
  readonly id: string;
  readonly metric: string;
  /** As sent; undefined means now, and is not part of the fingerprint, so that a retry is the same event. */
  readonly timestamp: Instant | undefined;
  readonly paths: EventPaths;
}

type EventPaths = Measure['paths'] & { readonly metric: string; readonly timestamp: string };

/** The name of an event, by which meters take it. */
export function metricOf(input: UsageEventInput): string {
  return measuredFrom(input).metric;
}

/** Where an event says its quantity, or the level that it sets. */
export function quantityPath(input: UsageEventInput | undefined): string {
  if (!input) return OWN_PATHS.quantity;
  const { set, paths } = measuredFrom(input);
  return set ? paths.set : paths.quantity;
}

const OWN_PATHS: EventPaths = {
  metric: 'metric',
  quantity: 'quantity',
  set: 'set',
  timestamp: 'timestamp',
  properties: 'properties',
};

export type EventsReading =
  | { readonly ok: true; readonly events: readonly MeterEvent[] }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** Checks events against their meters and the clock, and places them in their periods. Paths begin with the index. */
export function readEvents(
  inputs: readonly UsageEventInput[],
  surroundings: EventSurroundings,
  /** Where the event of an index stands in the request, with a dot at the end if it is not the whole. */
  pathOf: (index: number) => string = (index) => `${index}.`,
): EventsReading {
  const issues: InputIssue[] = [];
  const events = inputs.map((input, index) => {
    const measured = measuredFrom(input);
    const meters = metersOf(measured, surroundings);
    const { readings, issue } = readingsOf(measured, meters, surroundings);
    const flaw = issue ?? (surroundings.isOwn ? null : strangerIssue(measured));
    if (flaw) issues.push({ path: `${pathOf(index)}${flaw.path}`, message: flaw.message });
    return placed(measured, { ...surroundings, meters, readings });
  });
  return issues.length > 0 ? { ok: false, issues: issues.slice(0, 100) } : { ok: true, events };
}

function measuredFrom(input: UsageEventInput): Measured {
  if (input.specversion === undefined) {
    const { id, metric, quantity, set, timestamp, properties = {} } = input;
    return { id, metric, quantity, set, timestamp, properties, paths: OWN_PATHS };
  }
  const { metric = input.type, quantity, set, properties = {} } = input.data ?? {};
  return {
    id: cloudEventId(input.source, input.id),
    metric,
    quantity,
    set,
    timestamp: input.time ?? undefined,
    properties,
    paths: {
      metric: input.data?.metric === undefined ? 'type' : 'data.metric',
      quantity: 'data.quantity',
      set: 'data.set',
      timestamp: 'time',
      properties: 'data.properties',
    },
  };
}

/** Source and id identify a CloudEvent. A source is a URI of any length, so the pair is hashed. */
export function cloudEventId(source: string, id: string): string {
  return `ce:${createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('base64url')}`;
}

function metersOf(
  { metric }: Measured,
  { meters = BUILT_IN_CATALOGUE, addressed = 'name' }: EventSurroundings,
): readonly Meter[] {
  const fed = addressed === 'meter' ? [] : meters.fedBy(metric);
  if (fed.length > 0 || addressed === 'name') return fed;
  const direct = meters.find(metric);
  return direct ? [unfiltered(direct)] : [];
}

/** The quantity is the event's own, and no filter keeps it out. */
function unfiltered({ valueProperty: _notAsked, ...meter }: Meter): Meter {
  return { ...meter, filter: [] };
}

function readingsOf(
  measured: Measured,
  meters: readonly Meter[],
  { now, meters: catalogue = BUILT_IN_CATALOGUE, addressed, isOwn = false }: EventSurroundings,
): { readings: readonly MeterReading[]; issue: InputIssue | null } {
  const { metric, set, quantity, paths } = measured;
  const [first] = meters;
  if (!first) return { readings: [], issue: unknownMetric(measured, catalogue) };
  if (set && quantity)
    return { readings: [], issue: { path: paths.set, message: 'send either set or quantity' } };
  const readings: MeterReading[] = [];
  const takesBack = isOwn && (quantity?.isNegative() ?? false);
  for (const meter of meters) {
    const read = takesBack ? takenBack(meter, measured) : readingOf(meter, measured);
    const issue =
      'issue' in read ? read.issue : timeIssue(meter, { measured, now, isCounted: read.reading !== null });
    if (issue) return { readings, issue };
    if ('reading' in read && read.reading) readings.push(read.reading);
  }
  const primary = meters.find((meter) => meter.metric === metric) ?? first;
  const isEmpty = readings.length === 0 && addressed === 'admission';
  return { readings: isEmpty ? [emptyReading(primary)] : readings, issue: null };
}

function unknownMetric({ metric, paths }: Measured, catalogue: MeterCatalogue): InputIssue {
  const path = paths.metric;
  const meter = catalogue.find(metric);
  if (meter) return { path, message: `the meter ${metric} counts events of the name "${meter.eventName}"` };
  const names = catalogue.eventNames;
  const more = names.length > NAMES_TOLD ? ` and ${names.length - NAMES_TOLD} more, see GET /meters` : '';
  const known = `known are ${names.slice(0, NAMES_TOLD).join(', ')}${more}`;
  const retired = catalogue.isRetired(metric)
    ? `the meter "${metric}" was retired`
    : `there is no metric "${metric}"`;
  return { path, message: `${retired}; ${known}` };
}

/** Ids under which the system itself counts, such as members. */
function strangerIssue({ id }: Measured): InputIssue | null {
  if (!id.startsWith(OWN_ID_PREFIX)) return null;
  return { path: 'id', message: `ids that begin with "${OWN_ID_PREFIX}" are reserved; choose another` };
}

function timeIssue(
  { metric, kind, resets }: Meter,
  {
    measured: { timestamp, paths },
    now,
    isCounted,
  }: { measured: Measured; now: Instant; isCounted: boolean },
): InputIssue | null {
  if (timestamp === undefined) return null;
  const path = paths.timestamp;
  const aheadMs = Date.parse(timestamp) - Date.parse(now);
  if (aheadMs > AHEAD_LIMIT_MS) return { path, message: `${timestamp} is more than an hour ahead of ${now}` };
  const isBound = isCounted && (resets === 'never' || kind === 'unique');
  if (!isBound || aheadMs >= -LATE_LIMIT_DAYS * DAY_MS) return null;
  return { path, message: `a ${kind} such as ${metric} can change at most ${LATE_LIMIT_DAYS} days late` };
}

function placed(measured: Measured, { now, timezone, meters, readings }: EventPlace): MeterEvent {
  const { id, metric, quantity, set, properties } = measured;
  const at = happenedAt(measured, { now, meters });
  return {
    id,
    fingerprint: fingerprintOf(measured),
    metric,
    periodSk: `${USAGE_PREFIX}${calendarMonthOf(at, timezone)}`,
    at,
    hour: hourOf(at, timezone),
    quantity: (set ?? quantity ?? Quantity.one).toString(),
    mode: set ? 'set' : 'add',
    properties,
    readings,
  };
}

interface EventPlace {
  readonly now: Instant;
  readonly timezone: TimeZone;
  readonly meters: readonly Meter[];
  readonly readings: readonly MeterReading[];
}

/**
 * A clock that runs ahead must not make a gauge deaf to what comes next: nothing of it happened later than now.
 * What feeds no gauge keeps the time that its sender says.
 */
function happenedAt(
  { timestamp }: Measured,
  { now, meters }: { now: Instant; meters: readonly Meter[] },
): Instant {
  if (timestamp === undefined) return now;
  const isAhead = meters.some(({ kind }) => kind === 'gauge') && timestamp > now;
  return isAhead ? now : timestamp;
}

function fingerprintOf({ metric, quantity, set, timestamp, properties }: Measured): string {
  const said = {
    metric,
    quantity: (set ?? quantity ?? Quantity.one).toString(),
    mode: set ? 'set' : 'add',
    timestamp: timestamp ?? null,
    properties,
  };
  return shortHash(canonicalJson(said));
}

/** The first half of a SHA-256, hexadecimal. */
export function shortHash(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
