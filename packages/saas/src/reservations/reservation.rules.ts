import { createHash } from 'node:crypto';
import { type MeterEvent, type MeterHold, type MeterLimit } from '@landlord/kernel';
import {
  calendarMonthOf,
  canonicalJson,
  hourOf,
  type Instant,
  Quantity,
  type TimeZone,
} from '@landlord/kernel/pure';
import { type Meter } from '../usage/meter.js';
import { USAGE_PREFIX } from '../usage/usage.level.js';
import { OWN_ID_PREFIX, shortHash } from '../usage/usage-event.js';
import { type Reservation } from './reservation.js';

export interface ReservationRequest {
  readonly id: string;
  readonly metric: string;
  readonly quantity: Quantity;
  readonly expiresInSeconds: number;
}

export function fingerprintOf({ metric, quantity, expiresInSeconds }: ReservationRequest): string {
  const said = { metric, quantity: quantity.toString(), expiresInSeconds };
  return createHash('sha256').update(canonicalJson(said)).digest('base64url');
}

/** A reservation from now on, in the month that it is for the tenant. */
export function newReservation(
  request: ReservationRequest,
  { now, timezone, pooledWith }: { now: Instant; timezone: TimeZone; pooledWith: readonly string[] },
): Reservation {
  const { id, metric, quantity, expiresInSeconds } = request;
  return {
    id,
    metric,
    quantity,
    status: 'held',
    used: null,
    period: calendarMonthOf(now, timezone),
    heldAt: now,
    expiresAt: new Date(Date.parse(now) + expiresInSeconds * 1_000).toISOString() as Instant,
    endedAt: null,
    pooledWith,
    fingerprint: fingerprintOf(request),
  };
}

/** Why a meter cannot be reserved, or null: of the others nobody knows beforehand what a use will cost. */
export function meterFlaw({ metric, kind }: Meter): string | null {
  return kind === 'sum' || kind === 'gauge'
    ? null
    : `only sums and gauges can be reserved; ${metric} is ${kind === 'latest' ? 'a latest value' : `a ${kind}`}`;
}

export function holdOf({ metric, quantity, period }: Reservation, sign: 1 | -1): MeterHold {
  const signed = sign === 1 ? quantity : quantity.negate();
  return { metric, periodSk: `${USAGE_PREFIX}${period}`, quantity: signed.toString() };
}

/** It is given back where it was held, but for those who were erased since. */
export function poolsOf(
  { pooledWith }: Reservation,
  { pooledWith: present }: { readonly pooledWith: readonly string[] },
): readonly string[] {
  return pooledWith.filter((code) => present.includes(code));
}

/** Shown, and in nobody's way: there was room when it was held. */
export function shownLimits(limits: readonly MeterLimit[] | null, tenants: readonly string[]): MeterLimit[] {
  return (limits ?? [])
    .filter(({ tenantCode }) => tenants.includes(tenantCode))
    .map((limit) => ({ ...limit, isEnforced: false }));
}

/**
 * The use of what was held; none of nothing. What is carried is used now; what begins anew each month was admitted in
 * the month of the reservation, and counts there.
 */
export function useOf(
  { id, metric, used, period, heldAt, endedAt, fingerprint }: Reservation,
  { timezone, carried }: { timezone: TimeZone; carried: ReadonlySet<string> },
): MeterEvent[] {
  if (used === null || used.isZero() || endedAt === null) return [];
  const quantity = used.toString();
  const at = carried.has(metric) ? endedAt : heldAt;
  const month = carried.has(metric) ? calendarMonthOf(endedAt, timezone) : period;
  const reading = { metric, mode: 'add' as const, quantity, dimensions: {} };
  return [
    {
      id: `${OWN_ID_PREFIX}reservation:${id}`,
      fingerprint: shortHash(`${fingerprint} ${quantity}`),
      metric,
      periodSk: `${USAGE_PREFIX}${month}`,
      at,
      hour: hourOf(at, timezone),
      quantity,
      mode: 'add',
      properties: {},
      readings: [reading],
    },
  ];
}
