/** Restarts are counted within this time; an older one is forgiven. */
export const RESTART_WINDOW_MS = 600_000;
/** The pause grows with the restarts of this time: one crash an hour is not a crash loop. */
export const PAUSE_WINDOW_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;

export interface RestartHistory {
  /** When the earlier restarts were, in the same ms clock as `nowMs`. */
  readonly restartsMs: readonly number[];
  readonly nowMs: number;
  readonly maxRestarts: number;
}

/**
 * The pause before the next restart, in ms, doubling with each one of the last ten seconds; undefined when
 * there were `maxRestarts` within ten minutes. `chance` in [0, 1) spreads it from half to full: the third pause is 100 to 200 ms.
 */
export function nextPauseMs(
  { restartsMs, nowMs, maxRestarts }: RestartHistory,
  chance: number,
): number | undefined {
  const within = (windowMs: number) => restartsMs.filter((restartMs) => nowMs - restartMs < windowMs).length;
  if (within(RESTART_WINDOW_MS) >= maxRestarts) return undefined;
  const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** within(PAUSE_WINDOW_MS));
  return pauseMs * (0.5 + chance / 2);
}
