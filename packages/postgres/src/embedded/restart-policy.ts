/** Restarts are counted within this time; an older one is forgiven. */
export const RESTART_WINDOW_MS = 600_000;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;

export interface RestartHistory {
  /** When the earlier restarts were, in the same ms clock as `nowMs`. */
  readonly restartsMs: readonly number[];
  readonly nowMs: number;
  readonly maxRestarts: number;
}

/**
 * The pause before the next restart, in ms, doubling with each one in the window; undefined when the
 * window is full. `chance` in [0, 1) spreads it from half to full: the third pause is 100 to 200 ms.
 */
export function nextPauseMs(
  { restartsMs, nowMs, maxRestarts }: RestartHistory,
  chance: number,
): number | undefined {
  const recent = restartsMs.filter((restartMs) => nowMs - restartMs < RESTART_WINDOW_MS).length;
  if (recent >= maxRestarts) return undefined;
  const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** recent);
  return pauseMs * (0.5 + chance / 2);
}
