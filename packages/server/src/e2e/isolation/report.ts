import { type Knocker } from './plan.js';

export interface Finding {
  /** `difference`: from what never existed; `change`: of what is the victim's. */
  readonly kind: 'canary' | 'identifier' | 'difference' | 'change';
  readonly operation: string;
  readonly knocker: Knocker | 'everybody';
  readonly place: string;
  readonly detail: string;
}

export interface Attempt {
  readonly operation: string;
  readonly knocker: Knocker;
  readonly place: string;
  readonly status: number;
}

const FINDINGS_LIMIT = 500;

/** What was tried, with which answers, and what was found. */
export class WalkReport {
  readonly findings: Finding[] = [];
  findingCount = 0;
  attempts = 0;
  readonly statuses = new Map<number, number>();
  /** By `operation knocker place`, then by status. */
  readonly tried = new Map<string, Map<number, number>>();
  /** Milliseconds until `404`, for what is another's and for what never was. */
  readonly notYoursMs: number[] = [];
  readonly notThereMs: number[] = [];
  /** Codes refused to the attacker because the victim has them: tenants share one set of codes. */
  namesTaken = 0;
  /** Readings in which an operator acting for the victim saw its canaries. */
  controlReadings = 0;
  /** Of the operations that an attacker's admin may call, the share that succeeded for itself. */
  exercisedShare = 0;
  /** Operations that no attacker could call with success even for itself. */
  unexercised: string[] = [];
  seconds = 0;
  /** Until all had settled. */
  settlingSeconds = 0;

  add({ operation, knocker, place, status }: Attempt): void {
    this.attempts += 1;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const name = `${operation} ${knocker} ${place}`;
    const counts = this.tried.get(name) ?? new Map<number, number>();
    this.tried.set(name, counts.set(status, (counts.get(status) ?? 0) + 1));
  }

  find(finding: Finding): void {
    this.findingCount += 1;
    if (this.findings.length < FINDINGS_LIMIT) this.findings.push(finding);
  }

  count(kind: Finding['kind']): number {
    return this.findings.filter((finding) => finding.kind === kind).length;
  }

  summary(): string {
    const parts = [...this.tried.keys()].map((name) => name.split(' '));
    const distinct = (index: number) => new Set(parts.map((part) => part[index])).size;
    const statuses = [...this.statuses].sort(([left], [right]) => left - right);
    return [
      `isolation: ${this.attempts} attempts, each beside its twin, in ${this.seconds.toFixed(1)} s (${this.settlingSeconds.toFixed(1)} s to settle): ` +
        `${distinct(0)} operations, ${distinct(1)} kinds of callers, ${this.tried.size} stations`,
      `statuses: ${statuses.map(([status, count]) => `${status} ${count}x`).join(', ')}`,
      `leaks ${this.count('canary') + this.count('identifier')}, differences ${this.count('difference')}, ` +
        `changes ${this.count('change')}; ${this.namesTaken} codes were taken; an operator saw the victim in ${this.controlReadings} readings`,
      `until 404, median: not yours ${median(this.notYoursMs)} ms, not there ${median(this.notThereMs)} ms ` +
        `(${this.notYoursMs.length} each)`,
      `never successful for an attacker itself: ${this.unexercised.join(', ') || 'none'}`,
    ].join('\n');
  }

  toJSON(): object {
    const stations = [...this.tried].map(([name, counts]) => [name, Object.fromEntries(counts)]);
    return {
      summary: this.summary().split('\n'),
      stations: Object.fromEntries(stations),
      findings: this.findings,
    };
  }
}

function median(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right);
  return (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(2);
}
