export type PropertyValue = string | number | boolean | null;
export type Properties = Record<string, PropertyValue>;

/** One event as `POST /usage/events` takes it. */
export interface UsageEvent {
  id: string;
  metric: string;
  /** Exact decimal; the server takes 1 when it is absent. */
  quantity?: string | number;
  /** ISO 8601, UTC. */
  timestamp: string;
  properties?: Properties;
}

/** An event on its way, with the line it came from (from 1). */
export interface Entry {
  event: UsageEvent;
  lineNumber: number;
}

export interface Batch {
  tenant: string;
  entries: readonly Entry[];
}
