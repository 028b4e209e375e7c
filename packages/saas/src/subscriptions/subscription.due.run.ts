import { type Instant } from '@landlord/kernel/pure';
import { type DueKind } from './subscription.due.service.js';

export type RenewalTally = Readonly<Record<DueKind, number>> & {
  /** What could not be done; it is tried again later. */
  readonly failed: number;
};

export interface DueOptions {
  /** Told of the first failures, and of how many more there were. */
  readonly onFailure?: (message: string, error: unknown) => void;
  /** Ends the run after the work in hand. */
  readonly signal?: AbortSignal;
}

const FAILURES_TOLD = 50;

/** What a run has done so far. */
export class DueRun {
  private readonly done = { noticed: 0, activated: 0, renewed: 0, cancelled: 0, expired: 0, resumed: 0 };
  private failed = 0;
  private told = 0;
  /** How much has been done, or met others at work. */
  moves = 0;

  constructor(
    readonly until: Instant,
    private readonly options: DueOptions,
  ) {}

  get isStopping(): boolean {
    return this.options.signal?.aborted ?? false;
  }

  count(kind: DueKind): void {
    this.done[kind] += 1;
    this.moves += 1;
  }

  fail(message: string, error: unknown): void {
    this.failed += 1;
    this.tell(message, error);
  }

  /** Others were at work on the same. */
  meet(count: number): void {
    this.moves += count;
  }

  tell(message: string, error: unknown): void {
    this.told += 1;
    if (this.told <= FAILURES_TOLD) this.options.onFailure?.(message, error);
  }

  end(): RenewalTally {
    const untold = this.told - FAILURES_TOLD;
    if (untold > 0) this.options.onFailure?.(`${untold} more failures of what is due were left untold`, null);
    return { ...this.done, failed: this.failed };
  }
}
