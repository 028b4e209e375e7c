export interface LineReport {
  /** From 1. */
  line: number;
  reason: string;
}

/** Counts reported lines and keeps the first of them. */
export class LineReports {
  private readonly kept: LineReport[] = [];
  count = 0;

  constructor(private readonly maxKept = 20) {}

  add(report: LineReport): void {
    this.count += 1;
    if (this.kept.length < this.maxKept) this.kept.push(report);
  }

  /** By line number. */
  first(): LineReport[] {
    return this.kept.toSorted((a, b) => a.line - b.line);
  }
}
