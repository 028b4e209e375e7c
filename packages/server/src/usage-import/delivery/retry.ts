export interface RetryLimits {
  maxAttempts: number;
  baseDelayMs: number;
  maxDelayMs: number;
  /** The longest wait a server may ask for; beyond it, it is waited this long. */
  maxRetryAfterMs: number;
}

export const DEFAULT_RETRY: RetryLimits = {
  maxAttempts: 8,
  baseDelayMs: 250,
  maxDelayMs: 20_000,
  maxRetryAfterMs: 120_000,
};

/**
 * How long to wait before attempt `attempt + 1`. Doubles each time; the wait is drawn from its upper half, and
 * never shorter than the server asked for. `random` is in [0, 1).
 */
export function retryDelayMs(
  limits: RetryLimits,
  failure: { attempt: number; retryAfterMs: number | undefined; random: number },
): number {
  const ceiling = Math.min(limits.maxDelayMs, limits.baseDelayMs * 2 ** (failure.attempt - 1));
  const drawn = ceiling / 2 + (ceiling / 2) * failure.random;
  if (failure.retryAfterMs === undefined) return Math.round(drawn);
  // Spread beyond the asked moment, so that all batches do not come back in one instant.
  return Math.round(
    Math.min(failure.retryAfterMs, limits.maxRetryAfterMs) + limits.baseDelayMs * failure.random,
  );
}

/** `Retry-After` in seconds or as an HTTP date, in milliseconds from `nowMs`; undefined when unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
