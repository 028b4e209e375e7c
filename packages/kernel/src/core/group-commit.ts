import { LandlordError } from '../pure/errors.js';

export interface GroupCommitOptions {
  /** Weight that goes into one transaction at most; a single heavier entry goes alone. */
  readonly groupWeightLimit: number;
  /** Weight that may wait; beyond it callers are turned away with `rate_limited`. */
  readonly queueWeightLimit: number;
  /**
   * Groups on their way at once, default 1. With 2 the store has the next one at hand when it is done with the one before;
   * then it is for the store to see that both are exact, and groups may overtake each other.
   */
  readonly groupsLimit?: number;
  /** What must be waiting for a second group to go: small groups cost more than the time they win. Default 1. */
  readonly furtherWeight?: number;
}

interface Waiting<TEntry, TOutcome> {
  readonly entry: TEntry;
  readonly weight: number;
  readonly resolve: (outcome: TOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects what arrives while earlier groups are being committed, then commits it as one group.
 * No timer: an entry that arrives when nothing is in flight goes at once. Nobody is answered before
 * the group is durable; order of arrival is kept within a group.
 */
export class GroupCommit<TEntry, TOutcome> {
  private waiting: Waiting<TEntry, TOutcome>[] = [];
  private waitingWeight = 0;
  private readonly inFlight = new Set<Promise<void>>();
  private isGathering = false;

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
      this.gather();
    });
  }

  /** Resolves when everything submitted so far is answered. */
  async flush(): Promise<void> {
    while (this.isGathering || this.inFlight.size > 0)
      await (this.inFlight.size > 0 ? Promise.race(this.inFlight) : nextTurn());
  }

  /**
   * Entries that arrive together belong to one group: those of the same moment, and, where the store is busy with another
   * group anyway, those of the same turn of the event loop.
   */
  private gather(): void {
    if (this.isGathering || this.waiting.length === 0) return;
    const { groupsLimit = 1, furtherWeight = 1 } = this.options;
    if (this.inFlight.size >= groupsLimit) return;
    if (this.inFlight.size > 0 && this.waitingWeight < furtherWeight) return;
    this.isGathering = true;
    const whenGathered = this.inFlight.size === 0 ? queueMicrotask : setImmediate;
    whenGathered(() => {
      this.isGathering = false;
      this.dispatch();
    });
  }

  private dispatch(): void {
    const group = this.commitNext(this.takeGroup()).then(() => {
      this.inFlight.delete(group);
      this.gather();
    });
    this.inFlight.add(group);
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether the entries were committed may be unknown then, and trying each alone would not help. */
function isUnavailable(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'unavailable';
}
