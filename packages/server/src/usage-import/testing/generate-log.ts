import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Made, makeLine } from './log-line.js';

export interface LogSpec {
  seed: number;
  /** Requests of each tenant. */
  tenants: Record<string, number>;
  /** Time of the first line, milliseconds since 1970. */
  startMs: number;
  /** Time from one line to the next is up to twice this; 0 puts all lines into one second. */
  stepMs: number;
  /** Lines that no parser can read. */
  brokenLines?: number;
  /** Lines of no tenant: no request, other methods' targets, segments that are no codes. */
  linesWithoutTenant?: number;
  /** Of 100 lines, how many are written twice (both count). */
  repeatPercent?: number;
}

/** What a log contains, counted while it was made, without parsing anything. */
export interface LogTruth {
  lines: number;
  broken: number;
  withoutTenant: number;
  byTenant: Map<string, number>;
  /** Requests by tenant and month in UTC: `acme 2024-01`. */
  byTenantAndMonth: Map<string, number>;
}

const OFFSETS = [0, 0, 540, -480, 330];

/** The lines of a log, the same for the same spec. */
export function* logLines(spec: LogSpec): Generator<Made> {
  const random = randomOf(spec.seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const pick = (list: readonly string[]) => list[below(list.length)] ?? '';
  const left = remaining(spec);
  let nowMs = spec.startMs;
  for (let total = sum(left.values()); total > 0; total -= 1) {
    nowMs += below(2 * spec.stepMs + 1);
    const kind = draw(left, below(total));
    const repeats = random() * 100 < (spec.repeatPercent ?? 0) && (left.get(kind) ?? 0) > 1 ? 2 : 1;
    left.set(kind, (left.get(kind) ?? 0) - repeats);
    total -= repeats - 1;
    const made = makeLine(kind, { nowMs, offsetMinutes: OFFSETS[below(OFFSETS.length)] ?? 0, pick, below });
    for (let written = 0; written < repeats; written += 1) yield made;
  }
}

/** Writes the log to a file, in bounded memory, and returns what it contains. */
export async function writeLog(path: string, spec: LogSpec, flags: 'w' | 'a' = 'w'): Promise<LogTruth> {
  const file = createWriteStream(path, { flags });
  const truth = emptyTruth();
  for (const made of logLines(spec)) {
    note(truth, made);
    if (!file.write(`${made.line}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return truth;
}

function emptyTruth(): LogTruth {
  return { lines: 0, broken: 0, withoutTenant: 0, byTenant: new Map(), byTenantAndMonth: new Map() };
}

function note(truth: LogTruth, made: Made): void {
  truth.lines += 1;
  if (made.kind === 'broken') truth.broken += 1;
  else if (made.kind === 'without-tenant') truth.withoutTenant += 1;
  else {
    truth.byTenant.set(made.tenant, (truth.byTenant.get(made.tenant) ?? 0) + 1);
    const key = `${made.tenant} ${made.month}`;
    truth.byTenantAndMonth.set(key, (truth.byTenantAndMonth.get(key) ?? 0) + 1);
  }
}

function remaining(spec: LogSpec): Map<string, number> {
  const odd: [string, number][] = [
    ['(broken)', spec.brokenLines ?? 0],
    ['(none)', spec.linesWithoutTenant ?? 0],
  ];
  return new Map([...Object.entries(spec.tenants), ...odd]);
}

function draw(left: Map<string, number>, at: number): string {
  let passed = 0;
  for (const [kind, count] of left) {
    passed += count;
    if (at < passed) return kind;
  }
  throw new Error('Drawn beyond the lines left');
}

/** Mulberry32: small, seeded, good enough for test data. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
