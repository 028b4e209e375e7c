import type { LineReport } from './line-reports.js';
import type { Counted } from './tally.js';

export interface TenantCounts {
  tenant: string;
  accepted: number;
  duplicates: number;
}

/** What an import did. Each line read is in exactly one of the counts, but for an unfinished one, and the lines of a CSV row that spans several. */
export interface Summary {
  lines: number;
  /** Empty lines, and a CSV header. */
  blank: number;
  accepted: number;
  duplicates: number;
  /** Lines at fault, found here or by the server. */
  broken: { count: number; first: LineReport[] };
  withoutTenant: { count: number; segments: Counted[] };
  unknownTenants: { count: number; tenants: Counted[] };
  /** Sound lines that did not arrive. */
  undelivered: { count: number; first: LineReport[] };
  /** True when a last line without line end was left for the next run. */
  hasUnfinishedLine: boolean;
  tenants: TenantCounts[];
  /** Why the run ended before the end of the file; undefined when it did not. */
  stopped?: string;
  elapsedMs: number;
  /** The most events held back and requests under way at once. */
  peak: { heldEvents: number; requests: number };
}

/** 0 when all that could be delivered was, 1 otherwise. */
export function exitCodeOf(summary: Summary, options: { allowUnknownTenants: boolean }): 0 | 1 {
  if (summary.stopped !== undefined || summary.undelivered.count > 0) return 1;
  if (summary.unknownTenants.count > 0 && !options.allowUnknownTenants) return 1;
  return 0;
}
