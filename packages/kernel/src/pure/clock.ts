/** Where business time comes from. Leases and back-off use the machine's time instead: they must pass even while this one stands still. */
export interface Clock {
  /** The present instant, ISO 8601 in UTC with milliseconds: `2024-01-31T09:00:00.000Z`. */
  now(): string;
}
