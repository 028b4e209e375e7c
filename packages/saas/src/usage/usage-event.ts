import { hash } from 'node:crypto';
import { type MeterEvent } from '@landlord/kernel';
import {
  calendarMonthOf,
  canonicalJson,
  type InputIssue,
  type Instant,
  type JsonObject,
  Quantity,
  type TimeZone,
} from '@landlord/kernel/pure';
import { METRICS, type Meter, meterOf } from './meter.js';
import { USAGE_PREFIX } from './usage.level.js';
import { type UsageEventInput } from './usage-event.schema.js';

/** How far a sender's clock may run ahead. */
const AHEAD_LIMIT_MS = 60 * 60 * 1000;
/** How late a gauge may change: every month since then is moved, too. Sums may be as late as they like. */
const GAUGE_LATE_LIMIT_DAYS = 800;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Far above any use, and far below where a sum of events could no longer be kept exactly. */
const EVENT_QUANTITY_LIMIT = Quantity.of('1000000000000000');

/** What begins the ids of the system's own events. */
export const OWN_ID_PREFIX = 'landlord:';

export interface EventSurroundings {
  readonly now: Instant;
  readonly timezone: TimeZone;
  /** Whether the system itself says so: it alone uses ids that begin with `landlord:`. */
  readonly isOwn?: boolean;
}

interface Measured {
  readonly id: string;
  readonly metric: string;
  readonly quantity: Quantity | undefined;
  readonly set: Quantity | undefined;
  /** As sent; undefined means now, and is not part of the fingerprint, so that a retry is the same event. */
  readonly timestamp: Instant | undefined;
  readonly properties: JsonObject;
  /** Where the sender wrote each of them. */
  readonly paths: EventPaths;
}

interface EventPaths {
  readonly metric: string;
  readonly quantity: string;
  readonly set: string;
  readonly timestamp: string;
}

/** Where an event says its quantity, or the level that it sets. */
export function quantityPath(input: UsageEventInput | undefined): string {
  if (!input) return OWN_PATHS.quantity;
  const { set, paths } = measuredFrom(input);
  return set ? paths.set : paths.quantity;
}

const OWN_PATHS: EventPaths = { metric: 'metric', quantity: 'quantity', set: 'set', timestamp: 'timestamp' };

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
    const issue =
      eventIssue(measured, surroundings.now) ?? (surroundings.isOwn ? null : strangerIssue(measured));
    if (issue) issues.push({ path: `${pathOf(index)}${issue.path}`, message: issue.message });
    return placed(measured, surroundings);
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
    timestamp: input.time,
    properties,
    paths: {
      metric: input.data?.metric === undefined ? 'type' : 'data.metric',
      quantity: 'data.quantity',
      set: 'data.set',
      timestamp: 'time',
    },
  };
}

/** Source and id identify a CloudEvent. A source is a URI of any length, so the pair is hashed. */
export function cloudEventId(source: string, id: string): string {
  return `ce:${hash('sha256', JSON.stringify([source, id]), 'base64url')}`;
}

function eventIssue({ metric, quantity, set, timestamp, paths }: Measured, now: Instant): InputIssue | null {
  const meter = meterOf(metric);
  if (!meter)
    return { path: paths.metric, message: `there is no metric "${metric}"; known are ${METRICS.join(', ')}` };
  if (set && meter.kind === 'sum')
    return { path: paths.set, message: `${metric} is a sum: send a quantity to add` };
  if (set && quantity) return { path: paths.set, message: 'send either set or quantity' };
  if (set?.isNegative()) return { path: paths.set, message: 'must not be below 0' };
  if (meter.kind === 'sum' && quantity && (quantity.isNegative() || quantity.isZero())) {
    return { path: paths.quantity, message: `must be above 0 for ${metric}` };
  }
  const amount = set ?? quantity ?? Quantity.one;
  if ((amount.isNegative() ? amount.negate() : amount).compare(EVENT_QUANTITY_LIMIT) >= 0) {
    return {
      path: set ? paths.set : paths.quantity,
      message: 'must have at most 15 digits before the point',
    };
  }
  return timestamp === undefined ? null : timeIssue(meter, { timestamp, now, path: paths.timestamp });
}

/** Ids under which the system itself counts, such as members. */
function strangerIssue({ id }: Measured): InputIssue | null {
  if (!id.startsWith(OWN_ID_PREFIX)) return null;
  return { path: 'id', message: `ids that begin with "${OWN_ID_PREFIX}" are reserved; choose another` };
}

function timeIssue(
  meter: Meter,
  { timestamp, now, path }: { timestamp: Instant; now: Instant; path: string },
): InputIssue | null {
  const aheadMs = Date.parse(timestamp) - Date.parse(now);
  if (aheadMs > AHEAD_LIMIT_MS) return { path, message: `${timestamp} is more than an hour ahead of ${now}` };
  if (meter.kind === 'gauge' && aheadMs < -GAUGE_LATE_LIMIT_DAYS * DAY_MS) {
    return {
      path,
      message: `a gauge such as ${meter.metric} can change at most ${GAUGE_LATE_LIMIT_DAYS} days late`,
    };
  }
  return null;
}

function placed(measured: Measured, { now, timezone }: EventSurroundings): MeterEvent {
  const { id, metric, quantity, set, properties } = measured;
  const at = happenedAt(measured, now);
  return {
    id,
    fingerprint: fingerprintOf(measured),
    metric,
    periodSk: `${USAGE_PREFIX}${calendarMonthOf(at, timezone)}`,
    at,
    quantity: (set ?? quantity ?? Quantity.one).toString(),
    mode: set ? 'set' : 'add',
    properties,
  };
}

/**
 * A clock that runs ahead must not make a gauge deaf to what comes next: nothing of it happened later than now.
 * A sum keeps the month that its sender says.
 */
function happenedAt({ metric, timestamp }: Measured, now: Instant): Instant {
  if (timestamp === undefined) return now;
  const isAhead = meterOf(metric)?.kind === 'gauge' && timestamp > now;
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
  return hash('sha256', canonicalJson(said), 'base64url');
}
