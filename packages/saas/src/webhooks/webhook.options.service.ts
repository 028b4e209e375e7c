/** The key under which an application provides its `WebhookOptions`. */
export const WEBHOOK_OPTIONS = Symbol('WEBHOOK_OPTIONS');

export interface WebhookOptions {
  /** An endpoint to which nothing could be delivered for so long, though it was tried, is disabled. */
  readonly disableAfterDays: number;
  /** Longer than an attempt takes with all around it: after so long another process may send it again. */
  readonly leaseMs: number;
}

export const DEFAULT_WEBHOOK_OPTIONS: WebhookOptions = { disableAfterDays: 5, leaseMs: 30_000 };
