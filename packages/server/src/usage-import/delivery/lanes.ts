/** Runs at most `width` tasks at once; whoever brings one more waits for a free lane. */
export class Lanes {
  private readonly running = new Set<Promise<void>>();
  private failure: { error: unknown } | undefined;
  /** The most tasks ever run at once. */
  peak = 0;

  constructor(private readonly width: number) {}

  /** Returns once the task has started. @throws what an earlier task threw. */
  async start(task: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.width) await Promise.race(this.running);
    this.rethrow();
    const run = task()
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(run));
    this.running.add(run);
    this.peak = Math.max(this.peak, this.running.size);
  }

  /** Waits for all tasks. @throws what one of them threw. */
  async drain(): Promise<void> {
    await Promise.all(this.running);
    this.rethrow();
  }

  private rethrow(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}
