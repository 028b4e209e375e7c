import { createHash } from 'node:crypto';
import { type Instant, type ItemKey } from '@landlord/kernel/pure';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Kept of each delivery: the last ones. */
export const ATTEMPTS_KEPT = 20;
export const RESPONSE_LENGTH_LIMIT = 500;
export const RETENTION_DAYS = 30;
const DAY_MS = 86_400_000;
const ERROR_LENGTH_LIMIT = 300;

/** One request that was made, or should have been. */
export interface Attempt {
  readonly at: Instant;
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Null when it was delivered. */
  readonly error: string | null;
  /** How the answer began. */
  readonly response: string | null;
}

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly id: string;
  readonly endpointId: string;
  /** `webhook-id`: the same at each attempt and in each replay. */
  readonly eventId: string;
  readonly eventName: string;
  readonly occurredAt: Instant;
  /** Whose event it is; null for one of the vendor's own. */
  readonly tenantCode: string | null;
  /** The item that tells the event. */
  readonly source: ItemKey;
  readonly status: DeliveryStatus;
  /** Failed attempts since it was begun, or begun again. */
  readonly failures: number;
  readonly attemptCount: number;
  readonly attempts: readonly Attempt[];
  /** Machine time until which one process has it in hand. */
  readonly leaseUntil: string | null;
}

/** Where a delivery goes on after an attempt. */
export interface DeliveryStep
  extends Pick<Delivery, 'status' | 'failures' | 'attemptCount' | 'attempts' | 'leaseUntil'> {
  /** When to try again, or (settled) to forget it. */
  readonly dueAt: Instant;
}

/** After the first, second ... failure: about three days in all. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  ...[5, 30].map((minutes) => minutes * 60_000),
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * 3_600_000),
];
/** Up to so much of a delay is added, so that those who failed together do not come back together. */
const JITTER = 0.1;
const RETRY_AFTER_LIMIT_MS = 86_400_000;

/** How long to wait after so many failures; null when it was the last. `retryAfterMs`: what the receiver asked for, honoured up to a day. */
export function retryDelayMs(
  failures: number,
  { retryAfterMs, random }: { readonly retryAfterMs: number | null; readonly random: number },
): number | null {
  const delay = RETRY_DELAYS_MS[failures - 1];
  if (delay === undefined) return null;
  const asked = Math.min(Math.max(retryAfterMs ?? 0, 0), RETRY_AFTER_LIMIT_MS);
  return Math.max(Math.round(delay * (1 + random * JITTER)), asked);
}

export interface Ending {
  readonly attempt: Attempt;
  readonly now: Instant;
  readonly retryAfterMs: number | null;
  /** Nothing will change it: no further attempt. */
  readonly isFinal: boolean;
  /** 0 to 1. */
  readonly random: number;
}

export function stepAfter(delivery: Delivery, ending: Ending): DeliveryStep {
  const { attempt, now, retryAfterMs, random } = ending;
  const attempts = [...delivery.attempts, bounded(attempt)].slice(-ATTEMPTS_KEPT);
  const counted = { attempts, attemptCount: delivery.attemptCount + 1, leaseUntil: null };
  if (attempt.error === null) return { ...counted, ...settled('delivered', delivery.failures, now) };
  const failures = delivery.failures + 1;
  const delayMs = ending.isFinal ? null : retryDelayMs(failures, { retryAfterMs, random });
  if (delayMs === null) return { ...counted, ...settled('failed', failures, now) };
  return { ...counted, status: 'pending', failures, dueAt: later(now, delayMs) };
}

function settled(status: DeliveryStatus, failures: number, now: Instant) {
  return { status, failures, dueAt: later(now, RETENTION_DAYS * DAY_MS) };
}

/** Begins anew, with the same `webhook-id` and the whole schedule before it. */
export function stepToReplay(delivery: Delivery, now: Instant): DeliveryStep {
  const { attempts, attemptCount } = delivery;
  return { status: 'pending', failures: 0, attemptCount, attempts, leaseUntil: null, dueAt: now };
}

function bounded(attempt: Attempt): Attempt {
  return { ...attempt, error: attempt.error?.slice(0, ERROR_LENGTH_LIMIT).toWellFormed() ?? null };
}

export function later(instant: Instant, delayMs: number): Instant {
  return new Date(Date.parse(instant) + delayMs).toISOString();
}

/** Unique among all tenants, and without the dot that separates what is signed. */
export function eventIdOf({
  tenantCode,
  type,
  id,
}: {
  tenantCode: string;
  type: string;
  id: string;
}): string {
  return `evt_${digest([tenantCode, type, id]).slice(0, 32)}`;
}

/** Sorts by the time of the event, and is the same whoever makes it. */
export function deliveryIdOf(recordedAt: Instant, eventId: string, endpointId: string): string {
  return `${deliveryIdPrefix(recordedAt)}-${digest([eventId, endpointId]).slice(0, 20)}`;
}

const YEAR_0_MS = -62_167_219_200_000;
const TIME_DIGITS = 10;

/** What ids of deliveries of events at that time begin with, in the order of time. */
export function deliveryIdPrefix(recordedAt: Instant): string {
  const time = (Date.parse(recordedAt) - YEAR_0_MS).toString(36).padStart(TIME_DIGITS, '0');
  return `dlv-${time}`;
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
