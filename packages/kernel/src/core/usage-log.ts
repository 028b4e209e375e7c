import { type MeterEffect, type MeterEvent } from './meter.js';

/** A usage event as it was recorded. */
export interface RecordedEvent extends MeterEvent {
  /** The tenants whose pooled usage it moved. */
  readonly pooledWith: readonly string[];
  readonly userId: string;
  readonly requestId: string;
  readonly recordedAt: string;
}

/** What is left of an event when it is gone: its id still counts once. Hexadecimal, 32 digits each. */
export interface KeptId {
  /** The first half of the SHA-256 of the tenant's code, a NUL and the id. */
  readonly idHash: string;
  readonly fingerprint: string;
  readonly recordedAt: string;
}

/** An event looked up by its id. */
export type EventLookup =
  | { readonly status: 'recorded'; readonly event: RecordedEvent }
  /** The id is known still, the event is gone. */
  | { readonly status: 'forgotten'; readonly recordedAt: string };

export interface HoursQuery {
  readonly tenantCode: string;
  /** Instants, half-open. */
  readonly from: string;
  readonly until: string;
  /** Default: all. */
  readonly metric?: string;
  /** A dimension whose values are told apart. */
  readonly groupBy?: string;
  /** Rows at most; more are an error of the caller. */
  readonly limit: number;
}

/** An hour of a metric, over all dimensions but the one asked for. */
export interface UsageHour extends Pick<MeterEffect, 'metric' | 'hour' | 'quantity' | 'count'> {
  /** Value of the dimension asked for; null for all beyond the 50 largest, for events without one, and where none was asked for. */
  readonly group: string | null;
}

export interface UsageRetention {
  /** The present. Room is made for what comes next. */
  readonly now: string;
  /** Events recorded before may go. */
  readonly eventsBefore: string;
  /** Ids recorded before may go. */
  readonly idsBefore: string;
  /** Hours before may go; null keeps them all. */
  readonly hoursBefore: string | null;
}

/** Names of the stretches of storage that went, and how many hours. */
export interface UsageTidied {
  readonly dropped: readonly string[];
  readonly hours: number;
}

/** What there is of usage beside the items: events, their ids, and what each hour came to. */
export interface UsageLogPort {
  /** Null for an id that was never used, or is no longer known. */
  event(tenantCode: string, id: string): Promise<EventLookup | null>;
  /** By metric, hour and group. */
  hours(query: HoursQuery): Promise<readonly UsageHour[]>;
  /** Lets go of what is older than is to be kept, in whole stretches; nobody is kept waiting by it for long. */
  tidy(retention: UsageRetention): Promise<UsageTidied>;
}
