import { createHash } from 'node:crypto';

export interface OccurrenceLimits {
  /** How far behind the newest line's second occurrences are still counted, in seconds. */
  windowSeconds: number;
  /** Distinct lines remembered at once. */
  maxRemembered: number;
}

export interface Content {
  /** The bytes of the line, without its line end. */
  bytes: Uint8Array;
  timestampMs: number;
  /** Where the line begins in the (unpacked) file, in bytes. */
  offset: number;
}

const DEFAULT_LIMITS: OccurrenceLimits = { windowSeconds: 3600, maxRemembered: 250_000 };

/**
 * Ids made from a line's content: `<source>:<sha256>.<n>`, n counting equal lines of one file from 1. Reading
 * the same file again, or a longer version of it, gives the same ids. Counting needs memory, so it reaches only
 * `windowSeconds` back; a line older than that takes `@<offset>`, its place in the file, for n.
 * Forgetting depends on the lines before alone, never on the clock: it is the same in every run.
 */
export class EventIds {
  private readonly prefix: string;
  private readonly seconds = new Map<number, Map<string, number>>();
  private floorSecond = Number.NEGATIVE_INFINITY;
  private remembered = 0;

  constructor(
    source: string,
    private readonly limits: OccurrenceLimits = DEFAULT_LIMITS,
  ) {
    this.prefix = source === '' ? '' : `${source}:`;
  }

  /** Distinct lines remembered now. */
  get size(): number {
    return this.remembered;
  }

  idOf(content: Content): string {
    const digest = createHash('sha256').update(content.bytes).digest('base64url');
    const second = Math.floor(content.timestampMs / 1000);
    this.forgetBefore(second - this.limits.windowSeconds);
    if (second < this.floorSecond) return `${this.prefix}${digest}@${content.offset}`;
    return `${this.prefix}${digest}.${this.count(second, digest)}`;
  }

  private count(second: number, digest: string): number {
    const counts = this.seconds.get(second) ?? new Map<string, number>();
    const occurrence = (counts.get(digest) ?? 0) + 1;
    if (occurrence === 1) this.remembered += 1;
    counts.set(digest, occurrence);
    this.seconds.set(second, counts);
    while (this.remembered > this.limits.maxRemembered) this.forgetBefore(this.floorSecond + 1);
    return occurrence;
  }

  private forgetBefore(floor: number): void {
    if (floor <= this.floorSecond) return;
    const sparse = floor - this.floorSecond > this.seconds.size;
    if (sparse) for (const second of this.seconds.keys()) this.forgetIf(second, floor);
    else for (let second = this.floorSecond; second < floor; second += 1) this.forgetIf(second, floor);
    this.floorSecond = floor;
  }

  private forgetIf(second: number, floor: number): void {
    if (second >= floor) return;
    this.remembered -= this.seconds.get(second)?.size ?? 0;
    this.seconds.delete(second);
  }
}
