import { LandlordError } from '../pure/errors.js';

export interface GroupCommitOptions {
  /** Weight that goes into one transaction at most; a single heavier entry goes alone. */
  readonly groupWeightLimit: number;
  /** Weight that may wait; beyond it callers are turned away with `rate_limited`. */
  readonly queueWeightLimit: number;
}

interface Waiting<TEntry, TOutcome> {
  readonly entry: TEntry;
  readonly weight: number;
  readonly resolve: (outcome: TOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects what arrives while the previous group is being committed, then commits it as one group.
 * No timer: an entry that arrives when nothing is in flight goes at once. Nobody is answered before
 * the group is durable; order of arrival is kept.
 */
export class GroupCommit<TEntry, TOutcome> {
  private waiting: Waiting<TEntry, TOutcome>[] = [];
  private waitingWeight = 0;
  private inFlight: Promise<void> | null = null;

  constructor(
    private readonly commitGroup: (entries: readonly TEntry[]) => Promise<readonly TOutcome[]>,
    private readonly options: GroupCommitOptions,
  ) {}

  async submit(entry: TEntry, weight: number): Promise<TOutcome> {
    if (this.waiting.length > 0 && this.waitingWeight + weight > this.options.queueWeightLimit) {
      throw new LandlordError('rate_limited', 'too much is waiting already; try again shortly', {
        retryAfterSeconds: 1,
      });
    }
    return new Promise<TOutcome>((resolve, reject) => {
      this.waiting.push({ entry, weight, resolve, reject });
      this.waitingWeight += weight;
      this.inFlight ??= this.run();
    });
  }

  /** Resolves when everything submitted so far is answered. */
  async flush(): Promise<void> {
    while (this.inFlight) await this.inFlight;
  }

  private async run(): Promise<void> {
    // Entries that arrive in the same turn of the event loop belong to the first group too.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.commitNext(this.takeGroup());
    this.inFlight = null;
  }

  private takeGroup(): Waiting<TEntry, TOutcome>[] {
    let weight = 0;
    let count = 0;
    for (const next of this.waiting) {
      if (count > 0 && weight + next.weight > this.options.groupWeightLimit) break;
      weight += next.weight;
      count += 1;
    }
    this.waitingWeight -= weight;
    return this.waiting.splice(0, count);
  }

  /** One entry that cannot be committed must not take the others of its group along: then each goes alone. */
  private async commitNext(group: readonly Waiting<TEntry, TOutcome>[]): Promise<void> {
    try {
      const outcomes = await this.commitGroup(group.map(({ entry }) => entry));
      if (outcomes.length !== group.length) throw new Error('a group commit must answer every entry');
      for (const [index, waiting] of group.entries()) waiting.resolve(outcomes[index] as TOutcome);
    } catch (error) {
      if (group.length > 1 && !isUnavailable(error)) {
        for (const waiting of group) await this.commitNext([waiting]);
      } else {
        for (const waiting of group) waiting.reject(error);
      }
    }
  }
}

/** Whether the entries were committed may be unknown then, and trying each alone would not help. */
function isUnavailable(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'unavailable';
}
