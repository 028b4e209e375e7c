import type { DeliveryReport } from '../delivery/delivery.js';
import type { Entry } from '../usage-event.js';
import { LineReports } from './line-reports.js';
import type { Summary, TenantCounts } from './summary.js';
import { Tally } from './tally.js';

const MAX_LISTED = 10;
const MAX_TENANTS = 100_000;

/** Keeps count of an import while it runs, in bounded memory. */
export class ImportRecord implements DeliveryReport {
  lines = 0;
  blank = 0;
  hasUnfinishedLine = false;
  private readonly brokenLines = new LineReports();
  private readonly undeliveredLines = new LineReports();
  private readonly segments = new Tally();
  private readonly unknown = new Tally(MAX_TENANTS);
  private readonly accepted = new Tally(MAX_TENANTS);
  private readonly duplicates = new Tally(MAX_TENANTS);

  /** @param onBroken told of every broken line, where only the first are kept here. */
  constructor(private readonly onBroken: (lineNumber: number, reason: string) => void = () => undefined) {}

  brokenLine(lineNumber: number, reason: string): void {
    this.brokenLines.add({ line: lineNumber, reason });
    this.onBroken(lineNumber, reason);
  }

  withoutTenant(segment: string): void {
    this.segments.add(segment.slice(0, 80));
  }

  /** True once the server has said that it does not know this tenant. */
  isUnknown(tenant: string): boolean {
    return this.unknown.has(tenant);
  }

  taken(tenant: string, counts: { accepted: number; duplicates: number }): void {
    this.accepted.add(tenant, counts.accepted);
    this.duplicates.add(tenant, counts.duplicates);
  }

  broken(entry: Entry, reason: string): void {
    this.brokenLine(entry.lineNumber, reason);
  }

  unknownTenant(tenant: string, entries: readonly Entry[]): void {
    this.unknown.add(tenant, entries.length);
  }

  undelivered(entries: readonly Entry[], reason: string): void {
    for (const entry of entries) this.undeliveredLines.add({ line: entry.lineNumber, reason });
  }

  summary(run: Pick<Summary, 'elapsedMs' | 'peak' | 'stopped'>): Summary {
    return {
      lines: this.lines,
      blank: this.blank,
      accepted: this.accepted.total,
      duplicates: this.duplicates.total,
      broken: { count: this.brokenLines.count, first: this.brokenLines.first() },
      withoutTenant: { count: this.segments.total, segments: this.segments.top(MAX_LISTED) },
      unknownTenants: { count: this.unknown.total, tenants: this.unknown.top(MAX_LISTED) },
      undelivered: { count: this.undeliveredLines.count, first: this.undeliveredLines.first() },
      hasUnfinishedLine: this.hasUnfinishedLine,
      tenants: this.tenants(),
      ...run,
    };
  }

  private tenants(): TenantCounts[] {
    const duplicates = new Map(this.duplicates.top(MAX_TENANTS).map(({ key, count }) => [key, count]));
    return this.accepted.top(MAX_TENANTS).map(({ key, count }) => ({
      tenant: key,
      accepted: count,
      duplicates: duplicates.get(key) ?? 0,
    }));
  }
}
