import { shown } from '../shown.js';
import { grouped } from './progress.js';
import type { Summary } from './summary.js';
import type { Counted } from './tally.js';

const MAX_TENANT_ROWS = 50;

/** The summary for people. */
export function summaryText(summary: Summary): string {
  const sections = [
    counts(summary),
    listing('Broken lines', summary.broken),
    tallies('Lines without tenant, by text in its place', summary.withoutTenant.segments),
    tallies('Unknown tenants', summary.unknownTenants.tenants),
    listing('Not delivered', summary.undelivered),
    tenantTable(summary),
    remarks(summary),
  ];
  return `${sections
    .filter((section) => section.length > 0)
    .flatMap((section) => [...section, ''])
    .join('\n')}`;
}

function counts(summary: Summary): string[] {
  const rows: [string, number][] = [
    ['lines read', summary.lines],
    ['events accepted', summary.accepted],
    ['duplicates', summary.duplicates],
    ['broken lines', summary.broken.count],
    ['lines without tenant', summary.withoutTenant.count],
    ['lines of unknown tenants', summary.unknownTenants.count],
    ['not delivered', summary.undelivered.count],
  ];
  const seconds = Math.max(summary.elapsedMs, 1) / 1000;
  const rate = `${seconds.toFixed(1)} s, ${grouped(Math.round(summary.lines / seconds))} lines/s`;
  return [...rows.map(([name, count]) => row(grouped(count), name)), row('', rate)];
}

function listing(title: string, lines: Summary['broken']): string[] {
  if (lines.count === 0) return [];
  const more = lines.count - lines.first.length;
  return [
    `${title}:`,
    ...lines.first.map(({ line, reason }) => `  line ${line}: ${reason}`),
    ...(more > 0 ? [`  and ${grouped(more)} more`] : []),
  ];
}

function tallies(title: string, counted: Counted[]): string[] {
  if (counted.length === 0) return [];
  return [`${title}:`, ...counted.map(({ key, count }) => row(grouped(count), shown(key)))];
}

function tenantTable({ tenants }: Summary): string[] {
  if (tenants.length === 0) return [];
  const more = tenants.length - MAX_TENANT_ROWS;
  return [
    `${'accepted'.padStart(12)} ${'duplicates'.padStart(12)}  tenant`,
    ...tenants
      .slice(0, MAX_TENANT_ROWS)
      .map((each) => `${grouped(each.accepted).padStart(12)} ${row(grouped(each.duplicates), each.tenant)}`),
    ...(more > 0 ? [`  and ${grouped(more)} more tenants (--json lists all)`] : []),
  ];
}

function remarks(summary: Summary): string[] {
  const lines: string[] = [];
  if (summary.hasUnfinishedLine)
    lines.push('The last line has no line end and may still be being written: it was left for the next run.');
  if (summary.stopped !== undefined)
    lines.push(
      `Stopped before the end of the file: ${summary.stopped}`,
      'Running it again with the same options resumes: what was counted is not counted twice.',
    );
  return lines;
}

function row(number: string, name: string): string {
  return `${number.padStart(12)}  ${name}`;
}
