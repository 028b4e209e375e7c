export interface Counted {
  key: string;
  count: number;
}

/** Counts by key for at most `maxKeys` keys; what comes after that is counted together. */
export class Tally {
  private readonly counts = new Map<string, number>();
  /** The sum over all keys. */
  total = 0;
  /** What could not be given to a key of its own. */
  others = 0;

  constructor(private readonly maxKeys = 10_000) {}

  add(key: string, count = 1): void {
    this.total += count;
    const known = this.counts.get(key);
    if (known === undefined && this.counts.size >= this.maxKeys) this.others += count;
    else this.counts.set(key, (known ?? 0) + count);
  }

  has(key: string): boolean {
    return this.counts.has(key);
  }

  /** Highest count first, then by key. */
  top(limit: number): Counted[] {
    return [...this.counts]
      .map(([key, count]) => ({ key, count }))
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }
}
