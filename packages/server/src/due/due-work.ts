import { type Clock } from '@landlord/kernel';

const INTERVAL_MS = 60_000;

/** After `after` (null: from the beginning of time), and at most `until`. */
export interface DueRange {
  readonly after: string | null;
  readonly until: string;
}

/** Does what has fallen due by an instant. Repeatable, and safe to run in several processes at once. */
export interface DueRunner {
  runDue(
    until: string,
    options?: { onFailure?: (message: string, error: unknown) => void; signal?: AbortSignal },
  ): Promise<unknown>;
  /** The first instant within the range at which something falls due; null when there is none. */
  nextDue(range: DueRange): Promise<string | null>;
}

export interface DueWorkOptions {
  readonly runners: readonly Pick<DueRunner, 'runDue'>[];
  readonly clock: Clock;
  readonly onError: (message: string, error: unknown) => void;
  readonly intervalMs?: number;
}

/**
 * Runs what is due at once and every minute from then on, one run after the other. Returns how to stop it,
 * which waits for the page in hand.
 */
export function startDueWork(options: DueWorkOptions): () => Promise<void> {
  const stopping = new AbortController();
  let isRunning = false;
  let running: Promise<void> = Promise.resolve();
  const tick = () => {
    if (isRunning) return;
    isRunning = true;
    running = runAll(options, stopping.signal).finally(() => {
      isRunning = false;
    });
  };
  const timer = setInterval(tick, options.intervalMs ?? INTERVAL_MS);
  timer.unref();
  tick();
  return async () => {
    stopping.abort();
    clearInterval(timer);
    await running;
  };
}

/** Never rejects: a runner that fails is told of, and the others go on. */
async function runAll({ runners, clock, onError }: DueWorkOptions, signal: AbortSignal): Promise<void> {
  for (const runner of runners) {
    if (signal.aborted) return;
    try {
      await runner.runDue(clock.now(), { onFailure: onError, signal });
    } catch (error) {
      onError('what is due could not be done', error);
    }
  }
}
