import { z } from 'zod';
import { shown } from '../shown.js';
import { retryAfterMs } from './retry.js';

/** What the server's answer to one request means for the batch in it. */
export type Answer =
  | { kind: 'taken'; accepted: number; duplicates: number }
  /** Some events are at fault, by index where the server says which; none was taken. */
  | { kind: 'refused'; status: number; reason: string; faults: Map<number, string> }
  | { kind: 'unknown-tenant' }
  /** Try again later. */
  | { kind: 'unavailable'; reason: string; retryAfterMs: number | undefined }
  /** No batch can succeed. */
  | { kind: 'hopeless'; reason: string };

export interface RawAnswer {
  status: number;
  retryAfter: string | null;
  body: string;
}

const taken = z.object({ accepted: z.int().nonnegative(), duplicates: z.int().nonnegative() });
const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  errors: z
    .array(
      z.object({
        path: z.union([z.string(), z.array(z.union([z.string(), z.number()]))]),
        message: z.string(),
      }),
    )
    .optional(),
});
type Problem = z.infer<typeof problem>;

const REFUSING = new Set([400, 409, 413, 422]);
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Reads an answer to a batch of `size` events. */
export function readAnswer(raw: RawAnswer, request: { size: number; nowMs: number }): Answer {
  if (raw.status === 200) return readTaken(raw.body, request.size);
  const told = problem.safeParse(jsonOf(raw.body));
  const about: Problem = told.success ? told.data : {};
  const reason = reasonOf(raw.status, about);
  if (raw.status === 404 && about.code === 'not_found') return { kind: 'unknown-tenant' };
  if (TRANSIENT.has(raw.status))
    return { kind: 'unavailable', reason, retryAfterMs: retryAfterMs(raw.retryAfter, request.nowMs) };
  if (REFUSING.has(raw.status))
    return { kind: 'refused', status: raw.status, reason, faults: faultsOf(about, request.size) };
  return { kind: 'hopeless', reason: hopelessReason(raw.status, reason) };
}

function readTaken(body: string, size: number): Answer {
  const result = taken.safeParse(jsonOf(body));
  if (result.success && result.data.accepted + result.data.duplicates === size)
    return { kind: 'taken', ...result.data };
  return {
    kind: 'hopeless',
    reason: `200 without the expected { accepted, duplicates } of ${size} events: is LANDLORD_URL right?`,
  };
}

function hopelessReason(status: number, reason: string): string {
  if (status === 401)
    return `${reason}: LANDLORD_TOKEN is not valid (any more); get a new one and run it again`;
  if (status === 403)
    return `${reason}: LANDLORD_TOKEN may not write usage; use one that may and run it again`;
  return `${reason}: is LANDLORD_URL right?`;
}

function reasonOf(status: number, about: Problem): string {
  const text = about.detail ?? about.title ?? about.code;
  return text === undefined ? `the server answered ${status}` : `${status} ${shown(text).slice(1, -1)}`;
}

/** Index of each event named by `[12].timestamp`, `12.timestamp` or `[12, "timestamp"]`, with the message. */
function faultsOf(about: Problem, size: number): Map<number, string> {
  const faults = new Map<number, string>();
  for (const { path, message } of about.errors ?? []) {
    const text = Array.isArray(path) ? path.join('.') : path;
    const match = /^(?:\/|\$?\.?)\[?(\d{1,5})\]?(?:[./[](.*))?$/.exec(text);
    const index = match === null ? size : Number(match[1]);
    const field = match?.[2] ?? '';
    if (index < size && !faults.has(index))
      faults.set(index, `${field === '' ? '' : `${field.slice(0, 40)}: `}${shown(message).slice(1, -1)}`);
  }
  return faults;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
